"""Tool-calling accuracy of a model on prompts whose ideal calls are known.

    python -m assistant.evaluate [--cases FILE.jsonl] [--model nano] [--json OUT]

A case is one JSON object a line: id, prompt, attachments, expected_calls [{name, arguments}], domain, lang.
"""

import argparse
import json
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.agent import Agent
from assistant.child.runner import NANO_CATALOGUE, ToolRunner
from assistant.events import Event, Failed, Text, ToolFinished, ToolStarted
from assistant.nano.setup import ensure_nano
from assistant.scoring import Call, Transcript, Verdict, judge
from assistant.settings import Settings
from assistant.system_prompt import SYSTEM_PROMPT
from engine.config import EngineConfig
from engine.llm import LLM
from engine.messages import Message
from engine.sampling_params import SamplingParams

CASES = Path(__file__).parents[1] / "assets" / "nano" / "held_out.jsonl"
NUM_AT_ONCE = 8
REQUIRED = {"id", "prompt", "expected_calls"}
MEASURES = ("right_tool", "exact", "grounded")


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    prompt: str
    expected_calls: list[Call]
    domain: str
    lang: str


def read_cases(path: Path) -> list[Case]:
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            cases.append(_read_case(line, f"{path}, line {number}"))
    if not cases:
        raise ValueError(f"{path} holds no cases; write one JSON object a line.")
    return cases


def _read_case(line: str, where: str) -> Case:
    try:
        record = json.loads(line)
        missing = REQUIRED - record.keys()
        if missing:
            raise ValueError(f"the field {min(missing)} is missing")
        if record.get("attachments"):
            raise ValueError("attachments are not supported yet")
        calls = [Call(call["name"], call["arguments"]) for call in record["expected_calls"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{where}: {error}.") from error
    return Case(record["id"], record["prompt"], calls, record.get("domain", "all"), record.get("lang", "all"))


def run_case(agent: Agent, case: Case) -> tuple[Transcript, Verdict]:
    turn = agent.run((Message("user", case.prompt),), enable_thinking=True)
    transcript = transcribe(list(turn))
    return transcript, judge(case.prompt, case.expected_calls, transcript)


def transcribe(events: list[Event]) -> Transcript:
    """The answer is the text after the last tool."""
    answer = ""
    for event in events:
        if isinstance(event, Text):
            answer += event.text
        elif isinstance(event, ToolStarted):
            answer = ""
    return Transcript(
        tuple(Call(event.name, event.arguments) for event in events if isinstance(event, ToolStarted)),
        tuple(event.summary for event in events if isinstance(event, ToolFinished)),
        answer,
        next((event.message for event in events if isinstance(event, Failed)), ""),
    )


def table(cases: list[Case], verdicts: list[Verdict]) -> str:
    """Rates by domain and language, as Markdown."""
    groups: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for case, verdict in zip(cases, verdicts, strict=True):
        groups[case.domain, case.lang].append(verdict)
    rows = [(domain, lang, group) for (domain, lang), group in sorted(groups.items())]
    rows.append(("all", "all", verdicts))
    lines = [
        "| domain | language | cases | right tool | exact arguments | grounded answer |",
        "|---|---|---|---|---|---|",
    ]
    for domain, lang, group in rows:
        rates = " | ".join(f"{100 * rate(group, measure):.1f} %" for measure in MEASURES)
        lines.append(f"| {domain} | {lang} | {len(group)} | {rates} |")
    return "\n".join(lines)


def rate(verdicts: list[Verdict], measure: str) -> float:
    return sum(bool(getattr(verdict, measure)) for verdict in verdicts) / len(verdicts)


def report(cases: list[Case], outcomes: list[tuple[Transcript, Verdict]]) -> dict[str, Any]:
    verdicts = [verdict for _, verdict in outcomes]
    per_case = [
        {"id": case.id, "prompt": case.prompt, **asdict(verdict), **asdict(transcript)}
        for case, (transcript, verdict) in zip(cases, outcomes, strict=True)
    ]
    return {"n": len(cases), **{measure: rate(verdicts, measure) for measure in MEASURES}, "per_case": per_case}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases_file", nargs="?", type=Path, default=CASES, help="the same as --cases")
    parser.add_argument("--cases", type=Path, help=f"default {CASES.name}, shipped with nano")
    parser.add_argument("--model", default="nano", help="nano, a Hugging Face folder or a .gguf file")
    parser.add_argument("--data-dir", type=Path, default=Settings().data_dir)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write rates and every case here")
    arguments = parser.parse_args()
    try:
        cases = read_cases(arguments.cases or arguments.cases_file)
    except (OSError, ValueError) as error:
        parser.error(str(error))

    tools = ToolRunner(NANO_CATALOGUE)
    tools.start()
    model = arguments.model
    if model == "nano":
        model = ensure_nano(arguments.data_dir, lambda what, share: None)
    llm = LLM(EngineConfig(model=model))
    agent = Agent(llm, tools, SYSTEM_PROMPT, SamplingParams(max_tokens=arguments.max_tokens))
    try:
        with ThreadPoolExecutor(NUM_AT_ONCE) as pool:
            outcomes = list(pool.map(lambda case: run_case(agent, case), cases))
    finally:
        llm.close()
        tools.close()

    for case, (_, verdict) in zip(cases, outcomes, strict=True):
        if verdict.note:
            print(f"{case.id}: {verdict.note}")
    print(table(cases, [verdict for _, verdict in outcomes]))
    if arguments.json:
        arguments.json.write_text(json.dumps(report(cases, outcomes), ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
