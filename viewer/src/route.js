// The address behind the "#": every view, filter and sample has one.
import { useEffect, useState } from "preact/hooks";

export function parse(hash) {
  const [path, query = ""] = hash.replace(/^#?\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(safely);
  return { parts, query: Object.fromEntries(new URLSearchParams(query)) };
}

function safely(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function link(parts, query = {}) {
  const said = Object.entries(query).filter(([, v]) => v !== undefined && v !== null && v !== "");
  const tail = said.length ? "?" + new URLSearchParams(said) : "";
  return "#/" + parts.map(encodeURIComponent).join("/") + tail;
}

export function go(parts, query, { replace = false } = {}) {
  const to = link(parts, query);
  if (to === location.hash) return;
  if (replace) {
    history.replaceState(null, "", to);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else location.hash = to;
}

export function useRoute() {
  const [route, set] = useState(() => parse(location.hash));
  useEffect(() => {
    const changed = () => set(parse(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}
