"""A server of files over HTTP with ranges, tags and a latency; prints its address, and serves.

It stands in for an object store on the same machine: its own process, and `sendfile` for bodies.
"""

import os
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class RangeServer(ThreadingHTTPServer):
    """Serves the files of a folder."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, folder: Path, latency: float) -> None:
        """Take the folder, and the seconds before each answer."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.latency = latency

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that hangs up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: RangeServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a request for all of a file, or for a range."""
        time.sleep(self.server.latency)
        path = self.server.folder / self.path.lstrip("/")
        size, start = path.stat().st_size, 0
        end = size
        if found := _RANGE.fullmatch(self.headers.get("Range", "")):
            first, last = found.groups()
            start = int(first) if first else max(0, size - int(last))
            end = min(size, int(last) + 1) if first and last else size
        self.send_response(206 if found else 200)
        if found:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.send_header("Content-Length", str(end - start))
        self.send_header("ETag", f'"{path.stat().st_mtime_ns:x}"')
        self.end_headers()
        with path.open("rb") as file:
            while start < end:
                start += os.sendfile(self.connection.fileno(), file.fileno(), start, end - start)


if __name__ == "__main__":
    serving = RangeServer(Path(sys.argv[1]), float(sys.argv[2]))
    print(f"http://127.0.0.1:{serving.server_address[1]}", flush=True)
    serving.serve_forever()
