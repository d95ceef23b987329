"""A real HTTP server for tests that speaks the Hugging Face hub's API, as far as publishing takes it.

Repositories and their commits live in memory; large files go through the LFS dance. The client is the real
``huggingface_hub``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.http_server import LocalServer

TOKEN = "hf_" + "thisIsNoRealTokenButLongEnough0123456789"


class HubServer:
    def __init__(self) -> None:
        self.repos: dict[str, list[dict[str, bytes]]] = {}
        """The files of each commit of each repository."""
        self.visibility: dict[str, str] = {}
        self.blobs: dict[str, bytes] = {}
        self.commits: list[dict[str, Any]] = []
        self.script: dict[str, int] = {}
        """A status for the next call whose path ends so."""
        self.always: dict[str, int] = {}
        """A status for every call whose path holds this."""
        self.drops: dict[str, int] = {}
        self.lost: dict[str, int] = {}
        """So many calls whose path holds this break off, before or after they were done."""
        self.ignored = ""
        """Files that end so stand in the repository's .gitignore."""
        self.gated = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            def serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                content = self.rfile.read(length)
                path = self.path.partition("?")[0]
                for end, status in list(outer.script.items()):
                    if path.endswith(end):
                        del outer.script[end]
                        return self.send(status, {"error": f"told to say {status}"})
                for part, status in outer.always.items():
                    if part in path:
                        return self.send(status, {"error": f"told to say {status}"})
                if self.breaks(outer.drops, path):
                    return None
                if path.startswith("/put/"):
                    outer.blobs[path.removeprefix("/put/")] = content
                    return self.send(200, {})
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    return self.send(401, {"error": "Invalid username or password."})
                answer = outer.answer(path, content)
                if self.breaks(outer.lost, path):
                    return None
                return self.send(*answer)

            def breaks(self, left: dict[str, int], path: str) -> bool:
                for part, times in left.items():
                    if part in path and times > 0:
                        left[part] -= 1
                        self.close_connection = True
                        return True
                return False

            do_GET = do_HEAD = do_POST = do_PUT = serve

        self._server = LocalServer(Handler)
        self.url = self._server.url

    def close(self) -> None:
        self._server.close()

    def files(self, repo: str) -> dict[str, bytes]:
        return self.repos[repo][-1]

    def sha(self, repo: str, number: int | None = None) -> str:
        number = len(self.repos[repo]) - 1 if number is None else number
        return hashlib.sha1(f"{repo} {number}".encode()).hexdigest()

    def answer(self, path: str, content: bytes) -> tuple[Any, ...]:
        if path == "/api/repos/create":
            asked = json.loads(content)
            repo = f"{asked['organization']}/{asked['name']}"
            if repo in self.repos:
                return 409, {"error": "You already created this dataset repo", "url": f"{self.url}/{repo}"}
            assert asked["type"] == "dataset"
            self.repos[repo] = [{".gitattributes": b"*.parquet filter=lfs\n"}]
            self.visibility[repo] = asked["visibility"]
            return 200, {"url": f"{self.url}/datasets/{repo}", "name": repo, "id": "1"}
        if path == "/api/validate-yaml":
            text = json.loads(content)["content"]
            good = not text.startswith("---") or "\n---\n" in text
            return (200, {"warnings": [], "errors": []}) if good else (400, {"errors": [{"message": "bad"}]})
        if found := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)(?:/revision/(.+))?", path):
            return self.info(found[1], found[2])
        if found := re.fullmatch(r"/api/datasets/(.+?)/preupload/main", path):
            asked = json.loads(content)["files"]
            files = [
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if file["path"].endswith(".parquet") else "regular",
                    "shouldIgnore": bool(self.ignored) and file["path"].endswith(self.ignored),
                }
                for file in asked
            ]
            return 200, {"files": files}
        if re.fullmatch(r"/datasets/(.+?)\.git/info/lfs/objects/batch", path):
            objects = json.loads(content)["objects"]
            told = [
                {**o, "actions": {"upload": {"href": f"{self.url}/put/{o['oid']}", "header": {}}}}
                for o in objects
            ]
            return 200, {"transfer": "basic", "objects": told}
        if found := re.fullmatch(r"/api/datasets/(.+?)/commit/main", path):
            return self.commit(found[1], content)
        if found := re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self.resolve(found[1], found[2], found[3])
        return 404, {"error": "not found"}

    def _at(self, repo: str, revision: str | None) -> int:
        if revision in (None, "main"):
            return len(self.repos[repo]) - 1
        return [self.sha(repo, number) for number in range(len(self.repos[repo]))].index(str(revision))

    def info(self, repo: str, revision: str | None) -> tuple[Any, ...]:
        if repo not in self.repos:
            return 404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"}
        if self.gated:
            return 403, {"error": "Access to this dataset is restricted"}, {"X-Error-Code": "GatedRepo"}
        if revision not in (None, "main", *map(lambda n: self.sha(repo, n), range(len(self.repos[repo])))):
            return 404, {"error": "Invalid rev id"}, {"X-Error-Code": "RevisionNotFound"}
        number = self._at(repo, revision)
        names = [{"rfilename": name} for name in self.repos[repo][number]]
        return 200, {"id": repo, "sha": self.sha(repo, number), "siblings": names, "private": True}

    def commit(self, repo: str, content: bytes) -> tuple[Any, ...]:
        lines = [json.loads(line) for line in content.splitlines()]
        header = next(line["value"] for line in lines if line["key"] == "header")
        if header.get("parentCommit") != self.sha(repo):
            return 412, {"error": "the branch has moved"}
        files = dict(self.files(repo))
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.blobs[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        self.repos[repo].append(files)
        self.commits.append(header)
        url = f"{self.url}/datasets/{repo}/commit/{self.sha(repo)}"
        return 200, {"commitUrl": url, "commitOid": self.sha(repo), "success": True}

    def resolve(self, repo: str, revision: str, name: str) -> tuple[Any, ...]:
        number = self._at(repo, revision)
        if name not in self.repos[repo][number]:
            return 404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"}
        data = self.repos[repo][number][name]
        etag = hashlib.sha1(data).hexdigest()
        return 200, data, {"ETag": f'"{etag}"', "X-Repo-Commit": self.sha(repo, number)}
