"""response_format: the form that an answer is held to, where it is not a tool call."""

from assistant.openai_api.errors import refused
from assistant.openai_api.fields import Fields
from assistant.openai_api.tool_offer import ToolOffer
from engine.grammar.structure import JsonObject, JsonSchema, Structure


def read_structure(fields: Fields, offer: ToolOffer) -> Structure | None:
    """One answer is held to one form, so tools that may be called leave no room for another."""
    form = _response_format(fields)
    if form is not None and offer.calls is not None:
        raise refused("response_format", "response_format does not go with tools, unless tool_choice is none.")
    return form or offer.calls


def _response_format(fields: Fields) -> JsonSchema | JsonObject | None:
    chosen = fields.inner("response_format")
    if chosen is None:
        return None
    kind = chosen.choice("type", "text", "json_object", "json_schema")
    if kind is None:
        raise refused("response_format.type", "response_format.type is missing.", "missing")
    if kind != "json_schema":
        chosen.end()
        return JsonObject() if kind == "json_object" else None
    described = chosen.inner("json_schema")
    chosen.end()
    schema = described.mapping("schema") if described else None
    if described is None or schema is None:
        raise refused("response_format.json_schema.schema", "response_format.json_schema.schema is missing.", "missing")
    described.text("name")  # for people
    described.text("description")
    described.flag("strict")  # an answer is held to its schema either way
    described.end()
    return JsonSchema.of(schema)
