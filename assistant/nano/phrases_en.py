"""English ways to ask, as templates. {s} is a SMILES, {t} a second one, {n} a name, {p} a property, {x} an expression.

Pieces in [a|b|c] are chosen at random, an empty choice drops the piece.
"""

POLITE = "[||||Please |please |Could you |Can you |Would you |I'd like you to |Hi, |Hello! |Hey nano, |Kindly |I need you to |Quick one: |Help me |Now |OK, ]"
END = "[||||.|.|!|?| please| please.| for me| for me, please| thanks|, thank you]"
WHAT = "[|the molecule |the compound |molecule |compound |SMILES |the SMILES |the molecule with SMILES |this molecule: |this SMILES: |the SMILES string |the structure |the following molecule: |my compound |ligand |the drug candidate ]"
QUOTED = "[{s}|{s}|{s}|{s}|{s}|{s}|`{s}`|\"{s}\"|'{s}'|({s})|“{s}”|<{s}>]"

DRAW = (
    POLITE
    + "[draw|draw|draw|sketch|render|depict|display|visualize|visualise|show|plot|picture|illustrate|draw me|show me] "
    + WHAT
    + QUOTED
    + "[|| in 2D| as a picture| in two dimensions| as a 2D structure|]"
    + END,
    POLITE
    + "[draw|show|render|give me|sketch|make|create|generate|produce|display] [the|a|the 2D|a 2D|a flat] [structure|structural formula|skeletal formula|picture|image|depiction|drawing|diagram|skeleton|chemical structure|structure image] [of|for] "
    + WHAT
    + QUOTED
    + END,
    "What does " + WHAT + QUOTED + " look like?",
    "How does " + WHAT + QUOTED + " look[| on paper| as a structure]?",
    "[I want to see|I would like to see|Let me see|I'd love to see|Can I see|May I see] [|the structure of |a picture of |a drawing of |the 2D structure of ]"
    + WHAT
    + QUOTED
    + END,
    "{s}[\n| ; | - |: |, ][draw it|draw this|draw this molecule|show the structure|render it|2D structure please|picture please|what does it look like?|sketch this one|show me this one]"
    + END,
    "[SMILES|smiles|Smiles|Molecule|Structure]: {s}\n[Draw it|Please draw it|Show the 2D structure|Render this|Make a picture|Draw the molecule]"
    + END,
    "Here is a [SMILES|molecule|compound]: {s}[.|] [Draw it|Can you draw it?|Please draw the structure|Show me its structure|I need a picture of it]"
    + END,
    "[2D structure|structure|picture|drawing|depiction|skeletal formula|image] of {s}" + END,
    "[draw|render|sketch|show] {s}",
)

IN_3D = (
    POLITE
    + "[show|show me|display|render|draw|build|view|visualize|visualise|give me|model] "
    + WHAT
    + QUOTED
    + " in [3D|3D|3d|3-D|three dimensions|3 dimensions]"
    + END,
    POLITE
    + "[build|make|generate|create|compute|show|show me|give me|display|produce|render] [a|the] [3D|3D|3d|three-dimensional|interactive 3D|spatial] [model|structure|conformer|view|geometry|viewer|conformation|picture|shape|coordinates|representation] [of|for] "
    + WHAT
    + QUOTED
    + END,
    POLITE
    + "[generate|build|embed|compute|find|calculate] [a|one|the] [conformer|low-energy conformer|conformation|3D geometry] [of|for] "
    + WHAT
    + QUOTED
    + END,
    "[I want to|I'd like to|Can I|Let me|I need to] [rotate|see|look at|inspect|turn around|view] "
    + WHAT
    + QUOTED
    + " in [3D|three dimensions|space|3d]"
    + END,
    "What [does|is] the [3D|three-dimensional|spatial] [shape|structure|geometry] of "
    + WHAT
    + QUOTED
    + "[?| look like?]",
    "{s}[\n| ; | - |: |, ][in 3D|3D please|show it in 3D|3D model|as a 3D model|three-dimensional view|conformer please]"
    + END,
    "[SMILES|Molecule]: {s}\n[Show it in 3D|3D structure please|Build a 3D model|Make a conformer]" + END,
    "[3D|3d|three-dimensional] [structure|model|view|conformer|geometry] of {s}" + END,
    "[Open|Start|Launch] [a|the] [3D viewer|molecular viewer|interactive viewer] [for|with] " + QUOTED + END,
)

BOTH = (
    POLITE
    + "[draw|show|render] "
    + WHAT
    + QUOTED
    + " [in 2D and 3D|in 2D and in 3D|in two and three dimensions|and show it in 3D|and also show its 3D conformer|and show its 3D structure as well|and build a 3D model]"
    + END,
    "[I need|Give me|I want] [both |]the 2D [drawing|structure] and the 3D [model|structure|conformer] of "
    + WHAT
    + QUOTED
    + END,
)

# the schema's name of a property -> how people say it
PROPERTIES = {
    "molecular_weight": (
        "molecular weight",
        "molecular weight",
        "MW",
        "molar mass",
        "molecular mass",
        "mol weight",
        "weight",
    ),
    "exact_mass": ("exact mass", "monoisotopic mass"),
    "formula": ("molecular formula", "chemical formula", "formula", "sum formula"),
    "logp": (
        "logP",
        "logP",
        "LogP",
        "lipophilicity",
        "partition coefficient",
        "octanol-water partition coefficient",
        "clogP",
    ),
    "tpsa": ("TPSA", "topological polar surface area", "polar surface area", "tPSA"),
    "hbd": ("number of hydrogen bond donors", "H-bond donors", "hydrogen bond donor count", "HBD count"),
    "hba": ("number of hydrogen bond acceptors", "H-bond acceptors", "hydrogen bond acceptor count", "HBA count"),
    "rotatable_bonds": ("number of rotatable bonds", "rotatable bonds", "rotatable bond count"),
    "rings": ("number of rings", "ring count", "rings"),
    "qed": ("QED", "drug-likeness", "QED score", "drug-likeness score"),
    "lipinski": ("number of Lipinski violations", "Lipinski violations", "rule of five violations"),
}
PROPERTY = (
    POLITE
    + "[what is|what's|give me|tell me|compute|calculate|find|report|determine|get|estimate] the {p} of "
    + WHAT
    + QUOTED
    + END,
    "What is the {p} of " + WHAT + QUOTED + "?",
    "What's the {p} for " + WHAT + QUOTED + "?",
    "{p} of {s}" + END,
    "{p} [for|of] " + WHAT + QUOTED + "?",
    "{s}[: |, | - |\n][what is its|what is the|give me the|tell me its|] {p}[?|]",
    "[For|Given] " + WHAT + QUOTED + ", [what is|compute|calculate|give] the {p}[?|.]",
    "[I need|I want|Give me|I'd like to know] the {p} [of|for] " + WHAT + QUOTED + END,
    "[How large|How high|How big] is the {p} of " + WHAT + QUOTED + "?",
    "Calculate {p}: {s}",
)
PROPERTY_QUESTIONS = {
    "molecular_weight": ("How heavy is {s}?", "How much does one mole of {s} weigh?", "What does {s} weigh per mole?"),
    "logp": (
        "How lipophilic is {s}?",
        "Is {s} lipophilic? Give the logP.",
        "How greasy is {s}?",
        "How fat-soluble is {s}?",
    ),
    "hbd": (
        "How many hydrogen bond donors does {s} have?",
        "How many H-bond donors are in {s}?",
        "Count the H-bond donors of {s}.",
    ),
    "hba": (
        "How many hydrogen bond acceptors does {s} have?",
        "How many H-bond acceptors are in {s}?",
        "Count the H-bond acceptors of {s}.",
    ),
    "rotatable_bonds": (
        "How many rotatable bonds does {s} have?",
        "How flexible is {s}? Count the rotatable bonds.",
        "Count the rotatable bonds in {s}",
    ),
    "rings": ("How many rings does {s} contain?", "How many rings are there in {s}?", "Count the rings of {s}."),
    "lipinski": (
        "Does {s} obey Lipinski's rule of five?",
        "Does {s} pass the Lipinski rules?",
        "Check the rule of five for {s}.",
        "Does {s} violate Lipinski's rule?",
    ),
    "qed": ("How drug-like is {s}?", "Is {s} drug-like?", "Rate the drug-likeness of {s}."),
    "formula": ("Which atoms make up {s}? Give the formula.", "What formula does {s} have?"),
    "tpsa": ("How polar is {s}? Give the TPSA.", "How large is the polar surface of {s}?"),
}
ALL_PROPERTIES = (
    POLITE
    + "[compute|calculate|give me|list|show|report|what are|tell me] [the|all|the main|the basic|the key|all the] [properties|molecular properties|descriptors|physicochemical properties|property values] [of|for] "
    + WHAT
    + QUOTED
    + END,
    "[Characterise|Characterize|Profile|Analyse|Analyze|Describe] " + WHAT + QUOTED + END,
    "{s}[: |\n| - ][properties please|all properties|compute its properties|descriptors?|property table]",
    "[properties|molecular properties|descriptors] of {s}",
)
COMPARE = (
    POLITE + "compare the {p} of " + "{s} and {t}" + END,
    "Which has the [higher|larger|greater] {p}, {s} or {t}?",
    "[What are|Give me|Compute|Calculate|Report] the {p} of {s} and {t}" + END,
    "[What is|Give] the {p} of each: {s}, {t}" + END,
    "{p} of {s} versus {t}?",
    "Between {s} and {t}, which one has the [lower|smaller|higher] {p}?",
)

NAME = "[{n}|{n}|{n}|{n}|\"{n}\"|'{n}'|the compound {n}|the molecule {n}]"
LOOKUP = {
    "smiles": (
        "[How|In what way] would I [enter|type|write] {n} as [a SMILES|SMILES]?",
        "[My notes only say|All I have is the name|The bottle says|The label reads] {n}. [What is its SMILES?|SMILES?|Give me the SMILES.]",
        "[I want|I'm looking for|I am searching for|Do you have] the SMILES [string |][of|for|that belongs to] {n}"
        + END,
        POLITE
        + "[give me|find|look up|get|tell me|what is|show|write|return|I need] the SMILES [of|for] "
        + NAME
        + END,
        "What is the SMILES of " + NAME + "?",
        "SMILES of {n}" + END,
        "SMILES for {n}?",
        "[How do I write|How is] {n} [in SMILES|written as SMILES|as a SMILES string]?",
        "Convert the name {n} to SMILES" + END,
        "Which SMILES string describes {n}?",
        "{n}[ - |: |, ]SMILES?",
    ),
    "all": (
        POLITE
        + "[look up|look up|find|search for|search|identify|tell me about|what is known about|get data on|what do you know about] "
        + NAME
        + END,
        "Look up {n}" + END,
        "[What is|What kind of compound is|Info on|Information about] {n}?",
        "Do you know [the compound|the molecule|] {n}?",
    ),
    "formula": (
        "[Which|What] [formula|molecular formula] does {n} have?",
        "[How is|What's] the formula of {n}[ written|]?",
        "What is the [formula|chemical formula|molecular formula] of " + NAME + "?",
        POLITE + "[give me|find|look up|tell me] the [formula|molecular formula|chemical formula] of " + NAME + END,
        "[formula|chemical formula] of {n}",
    ),
    "cas": (
        "[Which|What] CAS number [does {n} have|belongs to {n}|identifies {n}]?",
        "[I need|I want|I'm missing|Fetch] the CAS number [of|for] {n}" + END,
        "What is the CAS [number|registry number|] of " + NAME + "?",
        POLITE + "[give me|find|look up|tell me] the CAS number of " + NAME + END,
        "CAS number for {n}" + END,
        "CAS of {n}?",
    ),
    "melting": (
        "[How high|How low|Where] [is|lies] the melting point of {n}?",
        "[Is there|Do you have] a melting point [for|of] {n}?",
        "[At|Up to] [how many degrees|what temperature|which temperature] [does|will] {n} [melt|turn liquid|stay solid]?",
        "What is the melting point of " + NAME + "?",
        "At what temperature does {n} melt?",
        "When does {n} melt?",
        POLITE + "[give me|find|look up|tell me] the melting point of " + NAME + END,
        "melting point of {n}",
        "mp of {n}?",
    ),
    "boiling": (
        "[How high|Where] [is|lies] the boiling point of {n}?",
        "[Is there|Do you have] a boiling point [for|of] {n}?",
        "[At|From] [how many degrees|what temperature|which temperature] [does|will] {n} [boil|evaporate|turn into vapour]?",
        "What is the boiling point of " + NAME + "?",
        "At what temperature does {n} boil?",
        "When does {n} boil?",
        POLITE + "[give me|find|look up|tell me] the boiling point of " + NAME + END,
        "boiling point of {n}",
        "bp of {n}?",
    ),
    "inchikey": (
        "What is the InChIKey of " + NAME + "?",
        POLITE + "[give me|find|look up|tell me] the InChIKey [of|for] " + NAME + END,
    ),
}

# what people say around a request; the request itself goes into {q}
CONTEXTS = (
    "[For my thesis|For a lecture|For a talk tomorrow|For homework|For a patent|For a grant proposal|For class]: {q}",
    "[I'm preparing slides|I'm writing a paper|I'm in the lab|I am new here|We are screening a library|I have five minutes].[ | So: ]{q}",
    "[My boss asks|A student asks|My supervisor wants to know|The reviewer asks|Question from my group]: {q}",
    "{q} [It's for a poster.|I need it for a paper.|It is urgent.|That would help a lot.|No rush.|I'm curious.|Just checking.]",
    "[Next question|Another one|One more thing|Small request|Task one|Quick question|Here goes]: {q}",
    "[OK so|Well|Alright|Right|So|Hmm], {q}",
)

ARITHMETIC = (
    "[sum|quick maths|arithmetic|math|maths question|a little calculation|number crunching]: {x}",
    "[Could you|Can you|Please|Would you] [do|handle|run|solve|tell me] {x}" + END,
    "[My|The] [recipe|buffer|stock solution|budget|reaction|yield] [needs|comes to|amounts to|is] {x}. [What is that?|How much is it?|What's the number?|Give me the value.]",
    "[I keep getting lost with|I can't do|Help me with|Check] {x}" + END,
    "What [does|would] {x} [give|come out as|equal|evaluate to|amount to|yield]?",
    "{x}[, how much?| gives what?| makes how much?| please| is what?| - result?| = ]",
    "[The answer to|The value of|The result of] {x} [is?|, please|?]",
    "[Solve|Do|Run|Take|Try] {x}" + END,
    POLITE + "[what is|calculate|compute|evaluate|work out|what's|solve|how much is|find|tell me] {x}" + END,
    "What is {x}?",
    "How much is {x}?",
    "Calculate {x}" + END,
    "{x}",
    "{x} = ?",
    "{x}=",
    "[Evaluate|Compute] the expression {x}" + END,
    "What do you get for {x}?",
    "[I need|Give me] the [result|value] of {x}" + END,
)

FOLLOW_UPS = {
    "3d": (
        "Now in 3D",
        "And in 3D?",
        "Show it in 3D.",
        "Can I see it in 3D?",
        "3D please",
        "Now show me the 3D structure.",
        "Build a 3D model of it.",
        "Now rotate it in 3D",
        "What about its 3D shape?",
    ),
    "draw": (
        "Draw it.",
        "Now draw it.",
        "Can you draw it?",
        "Show me the structure.",
        "And a picture?",
        "Please draw this one",
        "Show its 2D structure.",
        "What does it look like?",
    ),
    "property": (
        "What is its {p}?",
        "And its {p}?",
        "And the {p}?",
        "Now its {p}, please.",
        "Give me the {p} too.",
        "What about the {p}?",
        "Compute its {p}.",
        "Tell me its {p}.",
    ),
}
