"""All checks, in the order in which they are numbered."""

from tests.openai_checks import chat, forms, media, plain, refusals, tools, weather

CHECKS = (
    *chat.CHECKS,
    *tools.CHECKS,
    *forms.CHECKS,
    *plain.CHECKS,
    *media.CHECKS,
    *weather.CHECKS,
    *refusals.CHECKS,
)
