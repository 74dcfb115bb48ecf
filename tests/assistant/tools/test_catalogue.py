import json

from assistant.tools.catalogue import TOOLS
from tests.assistant.tools.shared_files import SHARED, needs_shared


@needs_shared
def test_every_schema_is_the_published_one():
    published = json.loads((SHARED / "evaluation/tools_schema.json").read_text())
    by_name = {schema["function"]["name"]: schema for schema in published}

    for tool in TOOLS:
        assert tool.schema == by_name[tool.name], tool.name


def test_names_are_unique_and_every_tool_has_a_group():
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)
    assert all(tool.group for tool in TOOLS)
