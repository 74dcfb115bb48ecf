"""Download waveforms from a data centre that speaks FDSN's dataselect."""

import re
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from assistant.tools import views
from assistant.tools.base import Schema
from assistant.tools.result import ToolError, ToolResult
from assistant.tools.signals.drawing import wave_panel
from assistant.tools.signals.libraries import version
from assistant.tools.signals.record import gap_warnings
from assistant.tools.signals.seismic_files import read_seismic
from assistant.tools.signals.sniffing import signal_form

DataCenter = Literal["IRIS", "GEOFON", "ORFEUS", "INGV", "ETH", "NCEDC", "SCEDC", "GEONET"]
HOSTS = {
    "IRIS": "service.earthscope.org",
    "GEOFON": "geofon.gfz.de",
    "ORFEUS": "www.orfeus-eu.org",
    "INGV": "webservices.ingv.it",
    "ETH": "eida.ethz.ch",
    "NCEDC": "service.ncedc.org",
    "SCEDC": "service.scedc.caltech.edu",
    "GEONET": "service.geonet.org.nz",
}
PATH = "/fdsnws/dataselect/1/query"
TIMEOUT_S = 20.0
MAX_BYTES = 10_000_000
MAX_PANELS = 6
CODE = re.compile(r"[A-Za-z0-9?*-]+")
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


class _SameHosts(urllib.request.HTTPRedirectHandler):
    """Follows a redirection only to a data centre of the list, over https."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        target = urllib.parse.urlsplit(newurl)
        if target.scheme != "https" or target.hostname not in HOSTS.values():
            raise urllib.error.URLError(f"redirected to {target.hostname}, which is not a listed data centre")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch_waveforms(
    network: Annotated[str, Schema(maxLength=2)],
    station: Annotated[str, Schema(maxLength=5)],
    channel: Annotated[str, Schema(maxLength=3)],
    starttime: str,
    duration_s: Annotated[float, Schema(exclusiveMinimum=0, maximum=7200)],
    location: Annotated[str, Schema(maxLength=2)] = "*",
    datacenter: DataCenter = "IRIS",
) -> ToolResult:
    """Download waveforms from an FDSN data centre (needs internet).

    network: Code
    station: Code
    location: Code or *
    channel: Code, wildcards allowed
    starttime: UTC, ISO 8601
    duration_s: Seconds
    datacenter: FDSN name
    """
    codes = {"network": network, "station": station, "location": location or "--", "channel": channel}
    for name, code in codes.items():
        if not CODE.fullmatch(code):
            raise ToolError(
                "WRONG_CODE",
                f"{name} '{code[:20]}' is no code: letters, digits, ? and * are allowed.",
                "Example: ANMO.",
            )
    start = _start(starttime)
    end = start + timedelta(seconds=duration_s)
    query = {**codes, "starttime": _iso(start), "endtime": _iso(end), "format": "miniseed", "nodata": "204"}
    content = _download(datacenter, query)
    name = f"{network}.{station}.{channel}.{start:%Y%m%dT%H%M%S}".replace("*", "x").replace("?", "x")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer"
        path.write_bytes(content)
        if signal_form(path) != "MSEED":
            raise ToolError(
                "BAD_ANSWER", f"{datacenter} answered with something that is not MiniSEED.", is_retryable=True
            )
        record = read_seismic(path, "MSEED")
    panels = [wave_panel(one) for one in record.channels[:MAX_PANELS]]
    lines = [
        f"{one.name}: {one.rate:g} Hz, {one.num_samples:,} samples, {one.end - one.start:.2f} s"
        for one in record.channels
    ]
    return ToolResult(
        summary="\n".join(
            [f"{name}.mseed from {datacenter}: {len(record.channels)} channels from {record.start_time} on.", *lines]
        )[:1500],
        artifacts=(
            views.file(f"{name}.mseed", content, "application/vnd.fdsn.mseed", f"Waveforms from {datacenter}"),
            views.plot(
                f"{name}.json", record.axis.label(), panels, f"Waveforms of {name}", start_time=record.start_time
            ),
        ),
        warnings=tuple(told for one in record.channels for told in gap_warnings(one)),
        provenance={
            "library": version("obspy"),
            "method": f"FDSN dataselect of {datacenter} (https://{HOSTS[datacenter]}{PATH})",
            "parameters": query,
        },
    )


def _start(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ToolError(
            "WRONG_TIME", f"starttime '{text[:40]}' is no ISO 8601 time.", "Example: 2010-02-27T06:45:00."
        ) from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if not EARLIEST < moment < datetime.now(UTC):
        raise ToolError("WRONG_TIME", f"starttime {text[:40]} is not between 1900 and now.", "Give a time in the past.")
    return moment


def _iso(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")


def _download(datacenter: DataCenter, query: dict[str, str]) -> bytes:
    """Errors: OFFLINE, NO_DATA, REFUSED, TOO_LARGE."""
    url = f"https://{HOSTS[datacenter]}{PATH}?{urllib.parse.urlencode(query)}"
    opener = urllib.request.build_opener(_SameHosts())
    try:
        with opener.open(url, timeout=TIMEOUT_S) as answer:
            content: bytes = answer.read(MAX_BYTES + 1)
            status = answer.status
    except urllib.error.HTTPError as error:
        if error.code in (204, 404):
            raise _no_data(datacenter, query) from error
        raise ToolError(
            "REFUSED",
            f"{datacenter} refused the request (HTTP {error.code}).",
            "Try again later, or another data centre.",
            is_retryable=error.code >= 500 or error.code == 429,
        ) from error
    except (OSError, ValueError) as error:  # URLError and timeouts are OSErrors
        raise ToolError(
            "OFFLINE",
            f"{datacenter} ({HOSTS[datacenter]}) cannot be reached: there is no internet connection here.",
            "Ask the person to attach a waveform file (MiniSEED, SAC, ...).",
            is_retryable=True,
        ) from error
    if status == 204 or not content:
        raise _no_data(datacenter, query)
    if len(content) > MAX_BYTES:
        raise ToolError(
            "TOO_LARGE",
            f"The answer has more than {MAX_BYTES // 10**6} MB.",
            "Ask for a shorter duration_s or one channel.",
        )
    return content


def _no_data(datacenter: str, query: dict[str, str]) -> ToolError:
    what = ".".join(query[name] for name in ("network", "station", "location", "channel"))
    return ToolError(
        "NO_DATA",
        f"{datacenter} has no data of {what} from {query['starttime']} to {query['endtime']}.",
        "Check the codes and the time, or try another data centre.",
    )
