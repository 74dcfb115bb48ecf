"""What nginx does with `location /lab/ { proxy_pass http://app/; }` and the X-Forwarded-* headers, in few lines.

Every answer is handed on as it comes, and its connection closed after it.
"""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade"}


@contextmanager
def reverse_proxy(app_url: str, prefix: str, strips_prefix: bool) -> Iterator[str]:
    """The address under which the app is seen, without a slash at its end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(app_url.removeprefix("http://"), prefix, strips_prefix))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(app: str, prefix: str, strips_prefix: bool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix(prefix) if strips_prefix else self.path
            if not self.path.startswith(f"{prefix}/"):  # of the host itself, of which a browser asks for the icon
                self.send_response(204 if self.path == "/favicon.ico" else 404)
                self.end_headers()
                return
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            headers |= {
                "Host": app,
                "X-Forwarded-Host": self.headers["Host"],
                "X-Forwarded-Proto": "http",
                "X-Forwarded-For": self.client_address[0],
            }
            upstream = http.client.HTTPConnection(app)
            try:
                upstream.request(self.command, path, body or None, headers)
                self._hand_on(upstream.getresponse())
            except (OSError, http.client.HTTPException):
                pass  # one of the two has gone
            finally:
                upstream.close()
            self.close_connection = True

        do_POST = do_GET

        def _hand_on(self, response: http.client.HTTPResponse) -> None:
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            while data := response.read1(65_536):
                self.wfile.write(data)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler
