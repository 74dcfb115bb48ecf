"""How long the expected tool calls of the evaluation take in the child, beside the catalogue's times.

    python -m tests.endurance.tool_times [--rounds 5]

The catalogue's times (../shared/reference/science-tools.md, "Time here") are of the library alone, in a warm process;
ours are the caller's wall time, the fork and the pipe included.
"""

import argparse
import json
from statistics import median, quantiles
from typing import Any

from assistant.cancel import CancelToken
from assistant.child.runner import ToolRunner
from tests.assistant.tools.shared_files import DATA, SHARED

# ms; the upper end where the catalogue gives a range, for the very inputs where it names them
CATALOGUE_MS = {
    "protein_properties": 0.2,
    "translate_dna": 0.2,
    "find_motifs": 1,
    "residue_contacts": 20,
    "secondary_structure": 217,
    "mutate_sequence": 1,
    "fetch_structure": 100,
    "render_molecule": 1.8,
    "molecular_properties": 6,
    "substructure_search": 450,
    "similarity_search": 466,
    "convert_molecule": 1,
    "convert_molecule to iupac_name": 1915,  # the name, then OPSIN's reading of it: a JVM
    "render_reaction": 2,
    "standardize_molecule": 10,
    "molecule_grid": 2,
    "measure_image": 4,
    "view_crystal": 50,
    "xrd_pattern": 29,
    "convert_units": 0.7,
    "calculate": 1,
    "molecule_3d": 35,
    "read_sequences": 12,
    "align_sequences": 1.4,
    "read_text_in_image": 2300,
    "signal_info": 9,
    "plot_waveform": 171,
    "travel_times": 11,
    "epicentral_distance": 0.2,
    "analyze_timeseries": 10,
    "video_info": 30,
    "detect_scenes": 650,
}


def catalogue_ms(call: dict[str, Any]) -> float:
    asks_for_name = call["arguments"].get("to_format") == "iupac_name"
    return CATALOGUE_MS[call["name"] + " to iupac_name" * asks_for_name]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    lines = (SHARED / "evaluation/tool_calls.jsonl").read_text().splitlines()
    calls = [call for line in lines for call in json.loads(line)["expected_calls"]]
    files = {path.name: path for path in DATA.iterdir()}
    runner = ToolRunner()
    runner.start()
    runner.call("calculate", {"expression": "1"}, CancelToken())  # waits until the tools are loaded
    ours = []
    try:
        for call in calls:
            times = []
            for _ in range(rounds):
                outcome = runner.call(call["name"], call["arguments"], CancelToken(), files)
                times.append(1000 * outcome.seconds)
            state = "ok" if outcome.ok else outcome.error["code"] if outcome.error else "?"
            ours.append(median(times))
            expected = catalogue_ms(call)
            print(f"{call['name']:24} {ours[-1]:8.1f} ms   catalogue {expected:8.1f} ms   {state}")
    finally:
        runner.close()
    theirs = [catalogue_ms(call) for call in calls]
    overhead = median(
        one for one, call in zip(ours, calls, strict=True) if call["name"] in ("calculate", "convert_units")
    )
    mine_p95, their_p95 = quantiles(ours, n=20)[-1], quantiles(theirs, n=20)[-1]
    print(f"warm overhead of a call (calculate, convert_units)  {overhead:.1f} ms, at most 30")
    print(f"95th percentile {mine_p95:.0f} ms, catalogue {their_p95:.0f} ms: {mine_p95 / their_p95:.2f} x, at most 1.5")


if __name__ == "__main__":
    main()
