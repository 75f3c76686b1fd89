"""A small HTTP and S3-like server for the tests: ranges, ETags, listings, and faults on demand.

It serves the files below a folder. ``/name`` is a plain object; the same paths answer what S3 is
asked about a bucket, so that ``?list-type=2`` lists what is there.
"""

import os
import random
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


@dataclass
class Faults:
    """What goes wrong, and how often; what was asked for since then."""

    seed: int = 0
    cut: float = 0.0
    """The share of bodies that end in the middle."""
    status: int = 0
    share: float = 0.0
    """The share of requests that are answered by `status`."""
    latency: float = 0.0
    stall_from: int | None = None
    """Requests after so many hang."""
    stalls: float = 0.0
    """The share of bodies that hang in the middle."""
    ignores_if_match: bool = False
    has_etags: bool = True
    weak_etags: bool = False
    has_dates: bool = True
    has_ranges: bool = True
    change_after: int | None = None
    """After so many requests the objects have other bytes, and other tags."""
    grow_after: int | None = None
    requests: int = 0
    paths: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    with_if_match: int = 0


class ObjectServer:
    """Serves a folder until the `with` block ends."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults = Faults()
        self.released = threading.Event()
        self.lock = threading.Lock()
        self.random = random.Random(0)
        self.http = _Server(("127.0.0.1", 0), _Handler)
        self.http.owner = self
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.http.shutdown()
        self.http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    @property
    def s3_options(self) -> dict[str, Any]:
        """Options for addresses like ``s3://bucket/key``, where `bucket` is a folder."""
        return {
            "endpoint": self.url,
            "region": "us-east-1",
            "access_key_id": "x",
            "secret_access_key": "y",
            "virtual_hosted_style_request": False,
            "allow_http": True,
        }

    def break_down(self, **faults: Any) -> Faults:
        """Have these things go wrong from now on; counts begin anew."""
        self.faults = Faults(**faults)
        self.random = random.Random(self.faults.seed)
        return self.faults


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: ObjectServer

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no error here."""


@dataclass
class _Luck:
    """What happens to one request."""

    number: int
    fails: bool
    cut: bool
    stalls: bool
    generation: int


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            self._list(query.get("prefix", [""])[0], query.get("delimiter", [""])[0])
        else:
            self._answer(with_body=True)

    def do_PROPFIND(self) -> None:
        self._empty(501)

    def _empty(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, *, with_body: bool) -> None:
        name = unquote(urlsplit(self.path).path).lstrip("/")
        with self._counted(name) as luck:
            self._send(name, luck, with_body=with_body)

    @contextmanager
    def _counted(self, name: str) -> Iterator[_Luck]:
        owner, faults = self.server.owner, self.server.owner.faults
        with owner.lock:
            faults.requests += 1
            faults.open += 1
            faults.most_open = max(faults.most_open, faults.open)
            faults.paths.append(name)
            faults.with_if_match += "If-Match" in self.headers
            number = faults.requests
            luck = _Luck(
                number=number,
                fails=owner.random.random() < faults.share,
                cut=owner.random.random() < faults.cut,
                stalls=owner.random.random() < faults.stalls,
                generation=sum(
                    after is not None and number > after
                    for after in (faults.change_after, faults.grow_after)
                ),
            )
        try:
            yield luck
        finally:
            with owner.lock:
                faults.open -= 1

    def _send(self, name: str, luck: _Luck, *, with_body: bool) -> None:
        owner = self.server.owner
        faults = owner.faults
        if faults.latency:
            time.sleep(faults.latency)
        if faults.stall_from is not None and luck.number > faults.stall_from:
            owner.released.wait(60)
        path = owner.root / name
        if luck.fails or "secret" in name or not path.is_file():
            return self._empty(faults.status if luck.fails else 403 if "secret" in name else 404)
        stat = path.stat()
        size = stat.st_size + (faults.grow_after is not None and luck.generation > 0)
        etag = f'"{stat.st_ino:x}-{size:x}-{stat.st_mtime_ns + luck.generation:x}"'
        etag = f"W/{etag}" if faults.weak_etags else etag
        wanted = self.headers.get("If-Match")
        if wanted not in (None, "*", etag) and not faults.ignores_if_match:
            return self._empty(412)
        found = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        found = found if faults.has_ranges else None
        start, end = 0, size
        if found and not found[1]:
            start = max(0, end - int(found[2]))
        elif found:
            start, end = int(found[1]), min(end, int(found[2]) + 1) if found[2] else end
        if found and start >= size:
            return self._empty(416)
        self.send_response(206 if found else 200)
        if found:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.send_header("Content-Length", str(end - start))
        if faults.has_etags:
            self.send_header("ETag", etag)
        if faults.has_dates:
            seconds = int(stat.st_mtime) + luck.generation
            self.send_header("Last-Modified", self.date_time_string(seconds))
        self.end_headers()
        if with_body:
            self._body(path, start, end, luck)
        return None

    def _body(self, path: Path, start: int, end: int, luck: _Luck) -> None:
        if luck.generation:
            self.wfile.write(bytes(end - start))
            return
        stop = (start + end) // 2 if luck.cut or luck.stalls else end
        with path.open("rb") as file:
            while start < stop:
                start += os.sendfile(self.connection.fileno(), file.fileno(), start, stop - start)
        if luck.stalls:
            self.server.owner.released.wait(60)
        if luck.cut or luck.stalls:
            self.connection.shutdown(SHUT_RDWR)
            self.close_connection = True

    def _list(self, prefix: str, delimiter: str) -> None:
        """Answer what S3 does for a bucket that is a folder below the root."""
        owner = self.server.owner
        bucket = unquote(urlsplit(self.path).path).strip("/")
        with self._counted(f"{bucket}?{prefix}") as luck:
            owner.faults.lists.append(prefix)
            if owner.faults.latency:
                time.sleep(owner.faults.latency)
            if luck.fails:
                return self._empty(owner.faults.status)
        contents, folders = [], set()
        root = owner.root / bucket
        for path in sorted(root.rglob("*")):
            key = path.relative_to(root).as_posix()
            if not path.is_file() or not key.startswith(prefix):
                continue
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.split(delimiter)[0] + delimiter)
                continue
            contents.append(
                f"<Contents><Key>{escape(key)}</Key><Size>{path.stat().st_size}</Size>"
                f"<LastModified>2024-01-01T00:00:00.000Z</LastModified>"
                f"<ETag>&quot;{path.stat().st_mtime_ns:x}&quot;</ETag></Contents>"
            )
        prefixes = "".join(
            f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>"
            for name in sorted(folders)
        )
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>{bucket}</Name>'
            f"<Prefix>{escape(prefix)}</Prefix><IsTruncated>false</IsTruncated>"
            f"{''.join(contents)}{prefixes}</ListBucketResult>"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None
