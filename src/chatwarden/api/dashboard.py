"""The dashboard's files: every address that is no API address.

In: a path. Out: the file, packed where the browser takes it; the one page of the dashboard for an address that its own
router knows; a plain text that says how to build it where it is not there.
"""

import base64
import hashlib
import mimetypes
import re
from dataclasses import dataclass, field
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chatwarden.api.problems import problem_response
from chatwarden.errors import MethodNotAllowed, NotFound

FILES = Path(__file__).parent / "static"
_API_ADDRESSES = re.compile(r"/(api(/.*)?|healthz|readyz|metrics)", re.DOTALL)
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""By preference."""
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_NOT_BUILT = "The dashboard is not built. Run `make build`, then start again.\n"


class Dashboard:
    """Answers for the dashboard's addresses and passes the others on."""

    def __init__(self, app: ASGIApp, files: Path = FILES) -> None:
        self._app = app
        self._files = _index(files)
        page = self._files.get("/index.html")
        self._policy = "" if page is None else _content_security_policy(page.path.read_bytes())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _API_ADDRESSES.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        path: str = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            return problem_response(MethodNotAllowed(), headers={"Allow": "GET, HEAD"})
        if not self._files:
            return PlainTextResponse(_NOT_BUILT, status_code=503)
        name = path.rpartition("/")[2]
        found = self._files.get(path if "." in name else "/index.html")
        if found is None:
            return problem_response(NotFound())
        return self._send(found, Headers(scope=scope).get("accept-encoding", ""))

    def _send(self, file: "_File", accepted: str) -> Response:
        headers = {"Vary": "Accept-Encoding", "Cache-Control": file.cache_control}
        if file.media_type == "text/html":
            headers["Content-Security-Policy"] = self._policy
        path = file.path
        takes = {part.partition(";")[0].strip() for part in accepted.split(",")}
        for encoding, packed in file.packed.items():
            if encoding in takes:
                path, headers["Content-Encoding"] = packed, encoding
                break
        return FileResponse(path, headers=headers, media_type=file.media_type)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    media_type: str
    cache_control: str
    packed: dict[str, Path] = field(default_factory=dict)


def _index(root: Path) -> dict[str, _File]:
    """The files by address; nothing outside of the folder can be asked for."""
    found: dict[str, _File] = {}
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.suffix in _ENCODINGS.values():
            continue
        address = f"/{path.relative_to(root).as_posix()}"
        is_hashed = address.startswith("/_app/immutable/")
        found[address] = _File(
            path=path,
            media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            cache_control="public, max-age=31536000, immutable" if is_hashed else "no-cache",
            packed={
                encoding: packed
                for encoding, suffix in _ENCODINGS.items()
                if (packed := path.with_name(path.name + suffix)).is_file()
            },
        )
    return found


def _content_security_policy(page: bytes) -> str:
    """Only what this server sends; of inline scripts only those of the page as it was built, by their hash."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in _INLINE_SCRIPT.findall(page)
    )
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {hashes}".rstrip(),
            # The router's own announcer for screen readers is styled by an attribute.
            "style-src 'self'; style-src-attr 'unsafe-inline'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
