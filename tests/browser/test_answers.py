"""What an answer names stays what it is: on the page, in the clipboard, and with a chip beside it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import send, wait_for_end

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

VERBATIM = (
    # nitro groups and chiral centres, which Markdown takes for links
    "C1=CC=C(C=C1)[N+](=O)[O-]",
    "N[C@@H](C)C(=O)O",
    "O=[N+]([O-])c1ccc(cc1)[N+](=O)[O-]",
    "C[C@H](O)[C@@H](O)C=O",
    "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O",
    "[O-][N+](=O)c1cccs1",
    "CC(C)[C@@H]1CC[C@@H](C)C[C@H]1O",
    "C[N+](C)(C)CC(=O)[O-]",
    # what Markdown takes for tags
    "p<0.05",
    "a<b CC(=O)O",
    "n<10 and m>3",
    "<img src=x onerror=document.title='pwned'>",
    "<script>document.title='pwned'</script>",
    "<b>bold</b>",
    "x<y>z",
    "List<String>",
    # stars, underscores, backslashes and hashes of chemistry
    "F/C=C\\F",
    "C/C=C/C",
    "C/C=C\\C",
    "N#Cc1ccccc1",
    "C#C",
    "[*]c1ccccc1[*]",
    "[Na+].[Cl-]",
    "[NH4+].[OH-]",
    "[13CH4]",
    "[2H]O[2H]",
    "CC(=O)[O-].[Na+]",
    "[Fe+2]",
    "C%10CCCCC%10",
    "c1ccc2c(c1)[nH]c1ccccc12",
    "O=S(=O)(N)c1ccc(N)cc1",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "CC(=O)Oc1ccccc1C(=O)O",
    "BrC(Br)Br",
    "OP(=O)(O)O",
    "[O-]S(=O)(=O)[O-].[Cu+2]",
    # names and sequences
    "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3",
    "InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)",
    "BSYNRYMUTXBXSQ-UHFFFAOYSA-N",
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG",
    "ATGAAACGCATTAGCACCACC",
    "N-[ST]-{P}",
    "2*3*4 = 24",
    "snake_case_name",
    "(R)-(+)-limonene",
    "5'-ATG-3'",
)


@pytest.mark.parametrize("start", range(0, len(VERBATIM), 16))
def test_what_an_answer_names_is_visible_and_copied_verbatim(page: Page, start):
    words = [f"{word} ;" for word in VERBATIM[start : start + 16]]
    answer = "So:\n\n" + "\n\n".join(words)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    send(page, f"say {answer}")
    wait_for_end(page)

    shown = page.locator("#log .bot .prose").inner_text().split("\n\n")
    assert [line.strip() for line in shown] == ["So:", *words]
    page.locator(".bs-footer").get_by_role("button", name="Copy", exact=True).click()
    assert page.evaluate("navigator.clipboard.readText()") == answer
    assert page.title() != "pwned"


def test_a_molecule_of_the_answer_is_drawn_on_click(page: Page):
    send(page, "say it is `CC(=O)Oc1ccccc1C(=O)O` as I said")
    wait_for_end(page)

    page.get_by_role("button", name="Draw CC(=O)Oc1ccccc1C(=O)O").click()

    picture = page.locator(".bs-molecule-chip-picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    assert page.locator("#log .bot .prose code").inner_text() == "CC(=O)Oc1ccccc1C(=O)O"


def test_a_molecule_that_is_none_is_marked_with_the_reason(page: Page):
    send(page, "say it is `CC(C)(C)(C)(C)C(=O)O` as I said")
    wait_for_end(page)

    mark = page.locator(".bs-molecule-chip-wrong")
    expect(mark).to_be_visible()
    assert "valence" in mark.get_attribute("title")


def test_the_footer_says_which_numbers_are_from_nowhere(page: Page):
    send(page, "say it weighs 180.16 g/mol")
    wait_for_end(page)
    chip = page.locator(".bs-check", has_text="grounded")
    expect(chip.locator("summary")).to_have_text("✓ 1 number grounded")

    chip.locator("summary").click()

    expect(chip.locator("dt")).to_have_text("180.16")
