"""What the server counts, as Prometheus text."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

from verirs.hooks import Reward


class Counts:
    """Requests, verdicts, time. Used from the event loop alone."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.waiting = 0
        self._seconds: deque[float] = deque(maxlen=2000)
        self._total, self._sum = 0, 0.0

    def done(self, path: str, status: int, seconds: float) -> None:
        self.requests[path, status] += 1
        self._seconds.append(seconds)
        self._total += 1
        self._sum += seconds

    def graded(self, rewards: Sequence[Reward]) -> None:
        self.verdicts.update([r.verdict for r in rewards])

    def text(self) -> str:
        lines = ["# TYPE verirs_requests_total counter"]
        lines += [
            f'verirs_requests_total{{path="{path}",status="{status}"}} {n}'
            for (path, status), n in sorted(self.requests.items())
        ]
        lines += ["# TYPE verirs_verdicts_total counter"]
        lines += [f'verirs_verdicts_total{{verdict="{v}"}} {n}' for v, n in sorted(self.verdicts.items())]
        lines += ["# TYPE verirs_rows_waiting gauge", f"verirs_rows_waiting {self.waiting}"]
        lines += ["# TYPE verirs_request_seconds summary"]
        order = sorted(self._seconds)
        for share in (0.5, 0.99):
            if order:
                value = order[min(len(order) - 1, int(share * len(order)))]
                lines.append(f'verirs_request_seconds{{quantile="{share}"}} {value:.6f}')
        lines.append(f"verirs_request_seconds_sum {self._sum:.6f}")
        lines.append(f"verirs_request_seconds_count {self._total}")
        return "\n".join(lines) + "\n"
