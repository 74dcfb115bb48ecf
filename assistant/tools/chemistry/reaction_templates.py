"""The named reactions: which atoms meet, and what becomes of them.

SMARTS written here, after the textbook definitions (Clayden, Greeves, Warren, Organic Chemistry, 2nd ed.). A template
is one event at one site; conditions, selectivity and yield are not in it.
"""

from dataclasses import dataclass

ACID = "[CX3;$(C[#6]),$([CH1]):1](=[OX1:2])[OX2H1,OX1-]"
AMINE = "[N;X3;H3,H2,H1;!$(N[C,S,P]=[O,S,N]);!$(N[!#6;!#1]);!$(N=*);!$(NC#N)"
ALCOHOL = "[OX2H1;$([OX2H1][CX4]),$([OX2H1]c);!$(OC[OX2H1])"
ARYL_HALIDE = "[#6;$(c),$([CX3]=[CX3]):1][Cl,Br,I,$([OX2]S(=O)(=O)C(F)(F)F)]"
BORON = "[#5;$([BX3]([OX2])[OX2]),$([BX4-](F)(F)F)]"
LEAVING = "[Cl,Br,I,$([OX2]S(=O)(=O)[#6])]"
NUCLEOPHILE = (
    "[$([N;X3;H3,H2,H1;!$(N[C,S,P]=[O,S,N]);!$(N[!#6;!#1]);!$(N=*)]),"
    "$([OX2H1;$([OX2H1][#6]);!$(OC=[O,S,N])]),$([OX2H2]),$([OX1-;$([OX1-][#6])]),$([OH1-]),"
    "$([SX2H1]),$([SX1-]),$([SH1-])"
)


@dataclass(frozen=True, slots=True)
class Template:
    """smarts: tried one after the other, reactants in the order of roles. implied: canonical SMILES of reagents that
    the template already contains, so that they are no reactants."""

    roles: tuple[str, ...]
    smarts: tuple[str, ...]
    by_product: str = ""
    implied: frozenset[str] = frozenset()
    caution: str = ""


TEMPLATES: dict[str, Template] = {
    "amide_coupling": Template(
        roles=("carboxylic acid", "ammonia, primary or secondary amine"),
        smarts=(f"{ACID}.{AMINE}:3]>>[C:1](=[O:2])[N:3]",),
        by_product="water",
    ),
    "ester_hydrolysis": Template(
        roles=("ester or lactone",),
        smarts=("[CX3;$(C[#6]),$([CH1]):1](=[OX1:2])[OX2:3][#6;!$(C=[O,S,N]):4]>>([C:1](=[O:2])[OH].[O:3][#6:4])",),
        implied=frozenset({"O", "[OH-]", "[Na+].[OH-]", "[Li+].[OH-]", "[K+].[OH-]"}),
    ),
    "esterification": Template(
        roles=("carboxylic acid", "alcohol or phenol"),
        smarts=(f"{ACID}.{ALCOHOL}:3]>>[C:1](=[O:2])[O:3]",),
        by_product="water",
    ),
    "suzuki_coupling": Template(
        roles=("aryl or vinyl halide or triflate", "boronic acid, boronic ester or trifluoroborate"),
        smarts=(f"{ARYL_HALIDE}.[#6:2]{BORON}>>[#6:1]-[#6:2]",),
        by_product="the halide and a boron compound",
    ),
    "buchwald_hartwig": Template(
        roles=("aryl halide or triflate", "ammonia, primary or secondary amine"),
        smarts=(f"[c:1][Cl,Br,I,$([OX2]S(=O)(=O)C(F)(F)F)].{AMINE}:2]>>[c:1]-[N:2]",),
        by_product="the hydrogen halide",
    ),
    "reductive_amination": Template(
        roles=("aldehyde or ketone", "ammonia, primary or secondary amine"),
        smarts=(f"[CX3;$(C([#6])[#6]),$([CH1][#6]),$([CH2]):1]=[OX1].{AMINE}:2]>>[C:1]-[N:2]",),
        by_product="water (a hydride source is needed)",
    ),
    "sn2_alkylation": Template(
        roles=(
            "methyl, primary or secondary alkyl halide or sulfonate",
            "ammonia, primary or secondary amine, water, alcohol, phenol, thiol, an anion of these, cyanide or azide",
        ),
        smarts=(
            f"[C@;X4;!H0:1]{LEAVING}.{NUCLEOPHILE}:2]>>[C@@:1]-[*;+0:2]",
            f"[C@;X4;!H0:1]{LEAVING}.[C-;$([C-]#N):2]>>[C@@:1]-[C;+0:2]",
            f"[C@;X4;!H0:1]{LEAVING}.[N-:2]=[N+:3]=[N-:4]>>[C@@:1]-[N;+0:2]=[N+:3]=[N-:4]",
        ),
        by_product="the leaving group",
        caution="A stereocentre that is attacked is inverted, as in an SN2 reaction; elimination is not considered.",
    ),
    "click_cuaac": Template(
        roles=("organic azide", "terminal alkyne"),
        smarts=(
            "[#6:6]-[N:1]=[N+:2]=[N-:3].[CX2H1:4]#[CX2:5]>>[#6:6]-[n;+0:1]1[c:4][c:5][n;+0:3][n;+0:2]1",
            "[#6:6]-[N-:1]-[N+:2]#[N:3].[CX2H1:4]#[CX2:5]>>[#6:6]-[n;+0:1]1[c:4][c:5][n;+0:3][n;+0:2]1",
        ),
        caution="Copper gives the 1,4-disubstituted triazole, which is the one enumerated.",
    ),
    "boc_deprotection": Template(
        roles=("N-Boc amine",),
        smarts=(
            "[NX3:1]C(=O)OC([CH3])([CH3])[CH3]>>[N:1]",
            "[n:1]C(=O)OC([CH3])([CH3])[CH3]>>[nH:1]",
        ),
        by_product="isobutene and carbon dioxide",
        implied=frozenset({"Cl", "O=C(O)C(F)(F)F"}),
    ),
    "diels_alder": Template(
        roles=("1,3-diene", "alkene or alkyne as dienophile"),
        smarts=(
            "[C;A:1]=[C;A:2]-[C;A:3]=[C;A:4].[C;A:5]=[C;A:6]>>[C:1]1[C:2]=[C:3][C:4][C:5][C:6]1",
            "[C;A:1]=[C;A:2]-[C;A:3]=[C;A:4].[C;A:5]#[C;A:6]>>[C:1]1[C:2]=[C:3][C:4][C:5]=[C:6]1",
            "[c:1]1[c:2][c:3][c:4][o:7]1.[C;A:5]=[C;A:6]>>[C:1]12[C:2]=[C:3][C:4]([O:7]1)[C:5][C:6]2",
        ),
        caution="All regioisomers are listed; endo and exo are not told apart, and new stereocentres stay unassigned.",
    ),
}
