"""Instrument responses: reading an inventory by content, and taking a response out of a channel."""

import io
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from assistant.tools.attached import attached
from assistant.tools.optional import optional
from assistant.tools.result import ToolError
from assistant.tools.signals.arrays import first_line
from assistant.tools.signals.processing import detrended
from assistant.tools.signals.record import Channel, Floats, Piece, Record, whole_pieces
from assistant.tools.signals.seismic_files import obspy
from assistant.tools.signals.sniffing import inventory_form

MAX_BYTES = 20_000_000
MAX_SAMPLES = 2_000_000  # of a piece; its spectrum is held several times over
MIN_SAMPLES = 100
TAPER = 0.05
GROUND_UNITS = {"M", "M/S", "M/S**2", "M/S/S", "M/SEC", "M/SEC**2", "NM", "NM/S", "NM/S**2", "CM/S**2"}
UNITS = {"DISP": "m", "VEL": "m/s", "ACC": "m/s2"}
READABLE = "StationXML, RESP or dataless SEED"

Output = Literal["VEL", "DISP", "ACC"]


@dataclass(frozen=True, slots=True)
class Deconvolution:
    """pre_filter: four corners in Hz, or None. water_level: dB."""

    output: Output
    pre_filter: tuple[float, float, float, float] | None
    water_level: float

    def in_words(self) -> str:
        corners = "no pre-filter"
        if self.pre_filter:
            corners = "pre-filter " + "-".join(f"{corner:.4g}" for corner in self.pre_filter) + " Hz"
        return f"response removed to {UNITS[self.output]}, {corners}, water level {self.water_level:g} dB"


def read_inventory(file: str, record: Record) -> Any:
    """obspy's inventory. Errors: NO_INVENTORY, UNKNOWN_FORMAT, UNSAFE_XML, DAMAGED, TOO_LARGE."""
    try:
        path = attached(file)
    except ToolError as error:
        name = record.channels[0].name
        raise ToolError(
            "NO_INVENTORY",
            f"There is no response file '{file[:80]}' attached.",
            f"Ask the person to attach {READABLE} for {name}. {error.hint}",
        ) from error
    form = inventory_form(path)
    if form is None:
        raise ToolError("UNKNOWN_FORMAT", f"'{file}' is no response file.", f"Attach {READABLE}.")
    if path.stat().st_size > MAX_BYTES:
        raise ToolError(
            "TOO_LARGE",
            f"'{file}' has {path.stat().st_size / 1e6:.0f} MB; at most {MAX_BYTES // 10**6} MB can be read.",
            "Attach the responses of this station only.",
        )
    content = _station_xml(path) if form == "STATIONXML" else path.read_bytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd headers
            return obspy().read_inventory(io.BytesIO(content), format=form)
    except Exception as error:  # obspy's readers raise their own kinds
        raise ToolError("DAMAGED", f"'{file}' cannot be read as {form}: {first_line(error)}.") from error


def _station_xml(path: Path) -> bytes:
    """The document as a parser wrote it that resolves no entity and fetches nothing."""
    etree: Any = optional("lxml.etree", "lxml")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        tree = etree.parse(str(path), parser)
    except (etree.XMLSyntaxError, OSError) as error:  # OSError: of bytes that are not of its encoding
        raise ToolError("DAMAGED", f"The XML file is damaged: {first_line(error)}.") from error
    if tree.docinfo.doctype:
        raise ToolError("UNSAFE_XML", "The XML file has a DOCTYPE, which StationXML does not need.", "Remove it.")
    root = etree.QName(tree.getroot()).localname
    if root != "FDSNStationXML":
        raise ToolError("UNKNOWN_FORMAT", f"The XML file is <{root}>, not StationXML.", f"Attach {READABLE}.")
    document: bytes = etree.tostring(tree)
    return document


def check_pre_filter(corners: list[float], rate: float) -> tuple[float, float, float, float]:
    """Errors: PREFILT_ORDER, NYQUIST."""
    first, second, third, fourth = corners
    if not first < second < third < fourth:
        shown = ", ".join(f"{corner:g}" for corner in corners)
        raise ToolError("PREFILT_ORDER", f"pre_filt_hz is {shown}; its four frequencies must rise.", "Sort them.")
    if fourth > rate / 2:
        raise ToolError(
            "NYQUIST",
            f"pre_filt_hz ends at {fourth:g} Hz, above the Nyquist frequency of {rate / 2:g} Hz.",
            f"End at {rate / 2:g} Hz or below.",
        )
    return first, second, third, fourth


def default_pre_filter(channel: Channel) -> tuple[float, float, float, float]:
    """From two cycles in the longest piece to 0.9 x Nyquist, at least 0.05 Hz."""
    longest = max(len(piece.values) for piece in channel.pieces) / channel.rate
    low = min(max(2 / longest, 0.05), channel.rate / 50)
    return low / 2, low, 0.4 * channel.rate, 0.45 * channel.rate


def to_ground(record: Record, channel: Channel, inventory: Any, wanted: Deconvolution) -> Channel:
    """The channel in m, m/s or m/s2. Errors: NO_RESPONSE, TOO_LONG, TOO_SHORT, and check_response's."""
    check_response(record, channel, inventory)
    pieces = [piece for piece in whole_pieces(channel) if len(piece.values) >= MIN_SAMPLES]
    if not pieces:
        raise ToolError(
            "TOO_SHORT", f"{channel.name} has no piece of {MIN_SAMPLES} samples.", "Attach a longer record."
        )
    longest = max(len(piece.values) for piece in pieces)
    if longest > MAX_SAMPLES:
        raise ToolError(
            "TOO_LONG",
            f"{channel.name} has {longest:,} samples in one piece; at most {MAX_SAMPLES:,} can be deconvolved.",
            "Attach a shorter part.",
        )
    done = tuple(Piece(piece.offset, _deconvolved(record, channel, piece, inventory, wanted)) for piece in pieces)
    return replace(channel, pieces=done, unit=UNITS[wanted.output])


def check_response(record: Record, channel: Channel, inventory: Any) -> None:
    """That the inventory has this channel's response at its time, and that it is of ground motion.

    Errors: NO_MATCHING_RESPONSE, NO_RESPONSE, NOT_GROUND_MOTION.
    """
    moment = _moment(record, channel.start)
    day = str(moment)[:10]
    try:
        response = inventory.get_response(channel.name, moment)
    except Exception as error:  # what obspy raises when nothing matches
        has = ", ".join(inventory.get_contents()["channels"][:12]) or "no channel"
        raise ToolError(
            "NO_MATCHING_RESPONSE",
            f"There is no response for {channel.name} at {day} in this file.",
            f"It has: {has}. Attach the response of {channel.name} for {day}.",
        ) from error
    stages = response.response_stages
    sensitivity = response.instrument_sensitivity
    if not stages and sensitivity is None:
        raise ToolError(
            "NO_RESPONSE", f"The file lists {channel.name} without its response.", "Attach it at level response."
        )
    unit = (sensitivity.input_units if sensitivity else stages[0].input_units) or ""
    if unit.upper() not in GROUND_UNITS:
        raise ToolError(
            "NOT_GROUND_MOTION", f"{channel.name} measures {unit or 'an unnamed quantity'}, not ground motion."
        )


def _deconvolved(record: Record, channel: Channel, piece: Piece, inventory: Any, wanted: Deconvolution) -> Floats:
    network, station, location, code = channel.name.split(".")
    header: dict[str, Any] = {"network": network, "station": station, "location": location, "channel": code}
    header |= {"sampling_rate": channel.rate, "starttime": _moment(record, piece.offset)}
    trace = obspy().Trace(detrended(piece.values), header)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd stages; a failure is raised
            trace.remove_response(
                inventory=inventory,
                output=wanted.output,
                pre_filt=wanted.pre_filter,
                water_level=wanted.water_level,
                taper_fraction=TAPER,
            )
    except Exception as error:  # obspy and its evalresp raise their own kinds
        raise ToolError(
            "NO_RESPONSE", f"The response of {channel.name} cannot be computed: {first_line(error)}."
        ) from error
    if not np.isfinite(trace.data).all():
        raise ToolError("NO_RESPONSE", f"The response of {channel.name} is 0 where the record has energy.")
    result: Floats = trace.data
    return result


def _moment(record: Record, offset: float) -> Any:
    return obspy().UTCDateTime(record.start.timestamp() if record.start else 0) + offset
