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
    "{s} [- could you|: can you|; would you] [draw|sketch|depict] [that|this one|it] [for me|in 2D|quickly]?",
    "[I wonder|I was wondering|I am curious] [what {s} looks like|what the structure of {s} looks like|how {s} is drawn]"
    + END,
    "[Any chance|Is there any way] [of seeing|to see|I could see] {s} [drawn|as a picture|as a skeletal formula|on a flat page]?",
    "[Mind sketching|Would you mind drawing|Do me a favour and draw|Be so kind as to draw] {s}[?|.|]",
    "[Before the meeting|For the lab journal|For the figure in chapter two|For the hand-out|For the web page|For my flash cards] I [need|want|could use] [a picture|a drawing|the skeletal formula|the 2D structure] of {s}.",
    "{s} [is hard to read as text|is just a string to me|means nothing to me as text|looks cryptic][.|;| -] [draw it|show me the drawing|make it a picture|a drawing, please].",
    "[2D image|Line drawing|Skeletal drawing|Structure drawing|Structural image|Depiction|Sketch] [needed|required|requested]: {s}",
    "[Drawing|Sketch|Picture|Image] [please|, please][:| -] {s}",
    "[Convert|Transform|Change] {s} [to|into] [an image|a drawing|a structural formula|a line drawing|a 2D picture]"
    + END,
    "[Go ahead and draw|Have a go at drawing|Try to draw|Start by drawing|Next, draw] {s}" + END,
    "[I got|I found|We isolated|We ordered|There is] {s}[ in a table| in a database| yesterday|]. [How does one draw it?|Let me see it drawn.|Its structure in 2D?|Please sketch it.]",
    "[You are a chemistry illustrator|Act as my chemistry tutor|As a chemist], [sketch|draw|depict] {s}[.|]",
    "[The|A] [bonds and atoms|atoms and bonds|skeleton|connectivity] of {s}[, drawn| in a drawing| as an image][.|, please.]",
    "[Display|Print|Plot] [the molecular graph|the bond-line structure|the Kekulé structure|the line-angle formula|the constitution] of {s}"
    + END,
    "[Can|Could] {s} be [drawn|sketched|rendered|shown as a picture|depicted]? [Please do.|I'd like to see it.|Show me.|]",
    "[What would|How would] {s} [look like on a whiteboard|look in a textbook|look as a line drawing]?",
    "[Visual|Graphic|Figure] of {s}, [if you can|if possible|as 2D structure|flat].",
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
    "{s} [- could you|: can you|; would you] [model|show|embed|display] [that|this one|it] in [3D|three dimensions]?",
    "[I wonder|I was wondering] [what {s} looks like in 3D|how {s} is folded in space|what shape {s} takes in three dimensions]"
    + END,
    "[Any chance|Is there any way] [of a 3D view of|to see a 3D model of|to get 3D coordinates for] {s}?",
    "[Mind building|Would you mind making|Do me a favour and make] [a 3D model|a conformer|a three-dimensional structure] [of|for] {s}[?|.]",
    "[Before the simulation|For the force field setup|For a 3D print|For the animation|To judge the sterics] I [need|want] [the 3D structure|a conformer|a 3D model|3D coordinates] of {s}.",
    "[3D structure|3D model|Conformer|Three-dimensional structure|3D geometry|Spatial model] [needed|required|requested|please]: {s}",
    "[Convert|Transform|Change] {s} [to|into] [a 3D structure|a 3D model|three dimensions|3D|a conformer]" + END,
    "[Flat drawings are not enough|2D is not enough|I've seen it flat]: {s} in [3D|three dimensions|space][.|, please.]",
    "[Is|Would] {s} [flat or bent|planar|twisted|bulky]? [Show me a 3D model.|Let me see it in 3D.|A conformer would tell.]",
    "[Load|Place|Bring up] {s} [in|on] [the 3D view|a three-dimensional view|the rotating display|the model viewer]"
    + END,
    "[Go ahead and embed|Try to embed|Relax|Energy-minimise|Minimise] {s} [in 3D|as a 3D conformer|and show the geometry|and show the 3D result]"
    + END,
    "[How do|In what way do] the [groups|rings and chains|substituents] of {s} [sit|point|lie] in [space|3D|three dimensions]?",
    "[A ball-and-stick model|A stick model|A space-filling view|A molecular model|A virtual model] of {s}[, please| please|].",
    "[You are a modelling expert|Act as my modelling assistant|As a modeller], [build|make|embed] {s} in 3D[.|]",
    "[Could|Can] {s} be [shown|modelled|viewed|displayed] in [3D|three dimensions]?",
    "[I'd rather see|I prefer to see|I must see|I hope to see] {s} [from all sides|in 3D|as a 3D object|in the round]"
    + END,
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
        "relative molecular mass",
        "formula weight",
        "molar mass in g/mol",
        "mol. wt.",
    ),
    "exact_mass": ("exact mass", "monoisotopic mass", "monoisotopic molecular mass", "exact molecular mass"),
    "formula": (
        "molecular formula",
        "chemical formula",
        "formula",
        "sum formula",
        "molecular formula",
        "elemental composition",
        "Hill formula",
        "brutto formula",
    ),
    "logp": (
        "logP",
        "logP",
        "LogP",
        "lipophilicity",
        "partition coefficient",
        "octanol-water partition coefficient",
        "clogP",
        "log P",
        "octanol/water logP",
        "calculated logP",
        "logP value",
        "Crippen logP",
    ),
    "tpsa": (
        "TPSA",
        "topological polar surface area",
        "polar surface area",
        "tPSA",
        "TPSA value",
        "PSA",
        "topological PSA",
    ),
    "hbd": (
        "number of hydrogen bond donors",
        "H-bond donors",
        "hydrogen bond donor count",
        "HBD count",
        "HBD",
        "hydrogen bond donors",
        "donor count",
        "number of H-bond donors",
        "hydrogen-bond donor number",
    ),
    "hba": (
        "number of hydrogen bond acceptors",
        "H-bond acceptors",
        "hydrogen bond acceptor count",
        "HBA count",
        "HBA",
        "hydrogen bond acceptors",
        "acceptor count",
        "number of H-bond acceptors",
        "hydrogen-bond acceptor number",
    ),
    "rotatable_bonds": (
        "number of rotatable bonds",
        "rotatable bonds",
        "rotatable bond count",
        "count of rotatable bonds",
        "RotB count",
        "number of freely rotating bonds",
    ),
    "rings": (
        "number of rings",
        "ring count",
        "rings",
        "total ring count",
        "count of rings",
        "number of cycles",
        "ring total",
    ),
    "qed": (
        "QED",
        "drug-likeness",
        "QED score",
        "drug-likeness score",
        "QED value",
        "quantitative estimate of drug-likeness",
        "druglikeness",
    ),
    "lipinski": (
        "number of Lipinski violations",
        "Lipinski violations",
        "rule of five violations",
        "Ro5 violations",
        "rule-of-five violation count",
        "Lipinski violation count",
        "Lipinski rule of five result",
    ),
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
    "[{p}|{P}] [needed|required|requested|missing|sought|, please][: | - | -> ]{s}",
    "[{p}|{P}] [needed for|required of|required for|missing for|sought for|requested on|due for] {s}[.|]",
    "{s} - [{p}|{P}] [needed|required|missing|please|?]",
    "{s}[: |, |; |\n][need|want|looking for|missing|asking for] the {p}[.|]",
    "[I wonder|I was wondering|I'm wondering|I am curious] what the {p} of {s} [is|might be|could be|amounts to][.|]",
    "[Any chance|Is there any chance|Is there a way] [you could tell me|of getting|I could get|to get] the {p} of {s}?",
    "[Mind|Would you mind|Do you mind] [telling me|computing|calculating|giving me|checking|looking at] the {p} of {s}?",
    "[Before weighing anything|For the safety sheet|For the SI of our paper|For the inventory|For table 2|For the registration form|For the report to my group|To fill in a spreadsheet][,|] [I need|I require|we need|I must have|I'm after] the {p} of {s}[.|]",
    "[Do you know|Can you say|Can you see|Have you got|Do we know|Could you state] [the {p} of {s}|what {p} {s} has]?",
    "[What|Which] {p} [does {s} have|do you get for {s}|do you compute for {s}|should I expect for {s}|results for {s}|would {s} show]?",
    "[With|Starting from|Based on|Going by|From] [the structure|the string|the input|the line notation] {s}, [what is|give|obtain|state|deduce] the {p}[.|?|]",
    "{s} [is on my desk|came up in a screen|was made last week|is our new lead|is a hit from the library|is what I drew]. [What {p} does it have?|What's its {p}?|Its {p}?|Can you get me the {p}?|I'd need its {p}.]",
    "[Take|Consider|Look at|Here we have|Suppose you have] {s}[.|;|:] [what about its {p}?|What is the {p}?|find the {p}.|its {p}, please.|{P}?]",
    "[State|Provide|Supply|Evaluate|Establish|Quote|Assess|Predict|Retrieve|Obtain|Specify|Check|Name|Return|Output|Print|Fetch] the {p} [of|for] {s}"
    + END,
    "[Kindly|Please|Could you|Would you] [state|provide|evaluate|check|share|note|list|output|specify|calculate] the {p} [of|for] {s}"
    + END,
    "[The|Its|The value of the] {p} [of {s}|for {s}] [is what|is how much|equals what|would be what|, what is it]?",
    "[{p}|{P}], {s}[?|.|]",
    "[{p}|{P}] ({s})[?|]",
    "[{p}|{P}] [= ? for|? ->|value of|value for|calculation for|calculation:|check for|check:] {s}",
    "[You are a cheminformatician|You are my lab assistant|Act as a chemistry calculator|As a chemist]: [give|compute|tell me|state] the {p} of {s}[.|]",
    "[Someone asked me for|My professor wants|The form asks for|A customer requests|The protocol asks for|The database lacks|My table lacks] the {p} of {s}[.| Can you help?| Could you fill it in?|; what is it?]",
    "[I can't find|I couldn't find|I have lost|I've forgotten|I am unsure about|I'm not certain about|I'd like to double-check] the {p} of {s}[.| Could you compute it?| Can you help?|]",
    "[How about|What about|And] the {p} [of|for] {s}?",
    "[I'm interested in|I am after|I'm asking for|I would love to have|My question is about|All I need is|It's all about] the {p} of {s}[.|]",
    "[Run|Do|Perform|Start] [a|the] [calculation|descriptor calculation|property calculation|computation] [of the {p} for {s}|on {s}: {p}|on {s} and give me the {p}]"
    + END,
    "[Input|Query|Compound|Structure|Sample][: | = ]{s}[\n| ; |, ][Output|Wanted|Question|Task|To find][: | = ]{p}",
    "[{p}|{P}]\n{s}",
    "[We|I] [want to|have to|are going to|need to] [publish|order|test|screen|formulate] {s}[, so|; therefore|. First] [the {p} would be useful|tell me the {p}|what is its {p}?|I need its {p}]"
    + END,
    "[In one number|Just the number|Short answer|Only the value|In a word]: [what is |]the {p} of {s}[?|]",
    "[A question about|Regarding|Concerning|As for|With respect to|On the subject of] {s}: [what is its {p}?|how about the {p}?|{p}?|can you give the {p}?]",
    "[Determine|Compute|Calculate|Find|Give] for {s} the {p}[.|]",
    "[Have a look at|Check|Examine|Inspect|Study] {s} and [tell me|report|give me|find|note|send me] [the|its] {p}[.|]",
    "[Is it possible|Would it be possible] to [compute|calculate|have|learn] the {p} of {s}?",
    "[Here's|This is] a [SMILES|molecule|structure], {s}[, and I want|; I want|. I'd like to have] its {p}[.|]",
    "[Say|Suppose|Imagine] I [make|buy|dissolve|draw] {s}[.|:] [What {p} would it have?|What would be its {p}?|What is the {p}?]",
)
PROPERTY_QUESTIONS = {
    "molecular_weight": (
        "How heavy is {s}?",
        "How much does one mole of {s} weigh?",
        "What does {s} weigh per mole?",
        "If I had a mole of {s}, how many grams [is that|would it be]?",
        "How many daltons [is|has|does] {s}[ have|]?",
        "Is {s} [below|above|under|over] 500 Da?",
        "{s} - how heavy?",
        "Grams per mole of {s}?",
        "How many g/mol for {s}?",
        "I want to make a 10 mM stock of {s}. What's the molar mass?",
        "Is {s} a heavy molecule[ or a light one|]?",
    ),
    "logp": (
        "How lipophilic is {s}?",
        "Is {s} lipophilic? Give the logP.",
        "How greasy is {s}?",
        "How fat-soluble is {s}?",
        "Does {s} [like|prefer] fat or water?",
        "Is {s} [hydrophobic|hydrophilic|greasy|water-loving]?",
        "How [hydrophobic|hydrophilic|oily] is {s}?",
        "Will {s} go into the organic layer? Give the logP.",
        "How well does {s} dissolve in octanol compared with water?",
        "{s}: lipophilic or not?",
    ),
    "hbd": (
        "How many hydrogen bond donors does {s} have?",
        "How many H-bond donors are in {s}?",
        "Count the H-bond donors of {s}.",
        "Which number of H-bonds can {s} donate?",
        "How many hydrogens can {s} donate in hydrogen bonds?",
        "Are there any H-bond donors in {s}?",
        "{s}: how many donors?",
        "Does {s} have more than five H-bond donors?",
        "Tally the hydrogen bond donors in {s}.",
        "Find out how many donors for hydrogen bonds {s} has.",
    ),
    "hba": (
        "How many hydrogen bond acceptors does {s} have?",
        "How many H-bond acceptors are in {s}?",
        "Count the H-bond acceptors of {s}.",
        "How many H-bonds can {s} accept?",
        "Are there any H-bond acceptors in {s}?",
        "{s}: how many acceptors?",
        "Does {s} have more than ten H-bond acceptors?",
        "Tally the hydrogen bond acceptors in {s}.",
        "Find out how many acceptors for hydrogen bonds {s} has.",
    ),
    "rotatable_bonds": (
        "How many rotatable bonds does {s} have?",
        "How flexible is {s}? Count the rotatable bonds.",
        "Count the rotatable bonds in {s}",
        "Is {s} [floppy|rigid|flexible]? Rotatable bonds, please.",
        "How many single bonds of {s} are free to turn?",
        "{s}: how many rotors?",
        "How much torsional freedom has {s}? Give the rotatable bonds.",
        "Tally the rotatable bonds in {s}.",
        "Are there rotatable bonds in {s}, and how many?",
    ),
    "rings": (
        "How many rings does {s} contain?",
        "How many rings are there in {s}?",
        "Count the rings of {s}.",
        "How many cycles [are|sit] in {s}?",
        "{s}: how many rings?",
        "Is {s} [cyclic|bicyclic|polycyclic|acyclic]? Count its rings.",
        "Are there any rings in {s}?",
        "Does {s} contain a ring?",
        "Tally the rings in {s}.",
        "Tell me how many rings {s} has.",
        "Rings in {s}?",
        "How ring-rich is {s}?",
        "Number of rings: {s}",
    ),
    "lipinski": (
        "Does {s} obey Lipinski's rule of five?",
        "Does {s} pass the Lipinski rules?",
        "Check the rule of five for {s}.",
        "Does {s} violate Lipinski's rule?",
        "Would {s} make an oral drug by the rule of five?",
        "Lipinski check [for|on|of] {s}[.|?|, please]",
        "Is {s} Lipinski compliant?",
        "Ro5 for {s}?",
        "How many of Lipinski's criteria does {s} break?",
        "{s}: Lipinski OK?",
        "Run the Lipinski filter on {s}.",
    ),
    "qed": (
        "How drug-like is {s}?",
        "Is {s} drug-like?",
        "Rate the drug-likeness of {s}.",
        "Could {s} be a drug? Give the QED.",
        "{s}: drug-like or not?",
        "Score {s} by QED.",
        "How attractive is {s} as a drug, by QED?",
        "Judge {s} by its drug-likeness.",
        "On a scale from 0 to 1, how drug-like is {s}?",
    ),
    "formula": (
        "Which atoms make up {s}? Give the formula.",
        "What formula does {s} have?",
        "How many carbons, hydrogens and so on does {s} have?",
        "What's the sum formula behind {s}?",
        "Which elements and how many atoms of each are in {s}?",
        "Write {s} as a molecular formula.",
        "{s} as a formula?",
        "Elemental composition of {s}?",
    ),
    "tpsa": (
        "How polar is {s}? Give the TPSA.",
        "How large is the polar surface of {s}?",
        "How much polar surface does {s} have?",
        "Can {s} get through membranes? TPSA, please.",
        "Is {s} polar? Tell me the TPSA.",
        "{s}: polar surface in square angstroms?",
        "Would {s} cross the blood-brain barrier, judging by TPSA?",
    ),
    "exact_mass": (
        "Where should the molecular ion peak of {s} appear? Give the exact mass.",
        "Which monoisotopic mass would HRMS show for {s}?",
        "High-resolution MS of {s}: which exact mass?",
        "What does {s} weigh exactly, with the lightest isotopes?",
    ),
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
    "[Everything you can compute|All the numbers|A full property sheet|A data sheet|A property profile|The whole descriptor set] [for|on] {s}[, please|.|]",
    "[Which properties|What descriptors|What properties] [does {s} have|can you compute for {s}|describe {s}]?",
)
COMPARE = (
    POLITE + "compare the {p} of " + "{s} and {t}" + END,
    "Which has the [higher|larger|greater] {p}, {s} or {t}?",
    "[What are|Give me|Compute|Calculate|Report] the {p} of {s} and {t}" + END,
    "[What is|Give] the {p} of each: {s}, {t}" + END,
    "{p} of {s} versus {t}?",
    "Between {s} and {t}, which one has the [lower|smaller|higher] {p}?",
    "{s} or {t}[: |, | - ][which|which one] [wins on|has more|is ahead in|leads in|is lower in] {p}?",
    "{s} vs {t}[: |, | - ]{p}[?|]",
    "{s} [and|&] {t}[: |, | - |\n][both {p} values|{p} of each|{p} of the two|the {p} of both]" + END,
    "[{p}|{P}] [needed for|required for|of|for] [both|the pair|two molecules:|the two molecules] {s} and {t}[.|]",
    "[I have two compounds|Two candidates|Two samples here|We made two molecules]: {s} and {t}. [What {p} do they have?|Compare their {p}.|Give me the {p} of each.|How do they compare in {p}?]",
    "[I wonder|Tell me|I'd like to know|Can you say] whether {s} or {t} has the [higher|larger|lower|smaller] {p}[.|]",
    "[Is|Would] the {p} of {s} [be |][higher|larger|greater|lower|smaller] than [that of|the one of] {t}?",
    "[How different are|How far apart are|How close are] {s} and {t} in [terms of |their ]{p}?",
    "[Tabulate|List|Rank by|Line up|Show] the {p} [for|of] {s} [and|as well as|and also] {t}" + END,
    "[For|Given] {s} as well as {t}, [what is|compute|give|find] the {p}[?|.|]",
    "First {s}, [second|then] {t}: [what's the {p} of each?|give me both {p} values.|{p}?]",
    "[Does|Has] {s} [have |]a [higher|larger|lower|smaller] {p} than {t}?",
    "[What is|Find] the difference in {p} between {s} and {t}" + END,
    "Molecule A: {s}\nMolecule B: {t}\n[Compare the {p}.|Which has the higher {p}?|{P}?]",
    "[Choosing|I must choose|Help me choose|We can't decide] between {s} and {t}[.|;] [what are the {p} values?|the {p} of each would help.|compare the {p}, please.]",
    "[Do|Could] {s} and {t} [have|share] the same {p}?",
    "1) {s} 2) {t} - [{p}?|{p} for each?|compute the {p} of both.]",
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
        "[How do chemists write|How would a program write|What's the line notation for|What string stands for] {n}[ in SMILES|]?",
        "[SMILES|SMILES string|SMILES code] [needed|required|missing|please][:| -] {n}",
        "[Mind telling me|Do you know|Any idea about|Can you remember] the SMILES [of|for] {n}?",
        "[I need to paste|I want to load|I'd like to import] {n} into [a program|a notebook|RDKit][; what's the SMILES?|, so I need its SMILES.]",
        "[Name|Compound|Substance]: {n}. [Wanted|Needed|Missing|Looking for]: SMILES[.|]",
        "[From name to SMILES|Name to structure string|Name -> SMILES]: {n}",
        "[Encode|Express|Represent|Spell|Rewrite] {n} [as|in] [SMILES|a SMILES string|SMILES form]" + END,
        "{n} [is called that in the catalogue|is all the label says|is what the paper calls it][.|;] [its SMILES, please.|what is its SMILES?]",
    ),
    "all": (
        POLITE
        + "[look up|look up|find|search for|search|identify|tell me about|what is known about|get data on|what do you know about] "
        + NAME
        + END,
        "Look up {n}" + END,
        "[What is|What kind of compound is|Info on|Information about] {n}?",
        "Do you know [the compound|the molecule|] {n}?",
        "[Check the table for|Search the table for|Is there a record for|Is there anything on|Have you got data on|Pull up] {n}[.|?]",
        "[Show|Open|Bring me|Display] [the entry for|the data of|the facts about|what you have on] {n}" + END,
        "[Which identifiers|What data|What facts|Which numbers] [do you have for|are listed for|are known for] {n}?",
        "[Compound|Chemical|Substance] [search|lookup|query]: {n}",
        "[I've never heard of|I came across|My flatmate mentioned|A paper mentions] {n}. [What is it?|Can you look it up?|Please look it up.]",
        "[Mind checking|Would you mind looking up|Could you please check] {n} [in the compound table|in your table|]?",
        "{n}[: |, | - ][what is it?|look it up|any data?|key data please|identifiers?]",
        "[Fill me in on|Brief me on|Give me the basics on] [the compound|the chemical|the substance] {n}[.|]",
    ),
    "formula": (
        "[Which|What] [formula|molecular formula] does {n} have?",
        "[How is|What's] the formula of {n}[ written|]?",
        "What is the [formula|chemical formula|molecular formula] of " + NAME + "?",
        POLITE + "[give me|find|look up|tell me] the [formula|molecular formula|chemical formula] of " + NAME + END,
        "[formula|chemical formula] of {n}",
        "[Formula|Molecular formula|Chemical formula] [needed|required|missing|please][:| -] {n}",
        "[How many carbons|How many atoms of each kind|Which elements] [are in|does one find in] {n}? [The formula will do.|Give the formula.]",
        "[Mind giving me|Do you recall|I can't recall|I need] the [formula|molecular formula] of {n}[.|?]",
        "[I wonder|Remind me] what formula {n} has[.|]",
        "{n}[: |, | - ][formula?|chemical formula please|which formula?]",
    ),
    "cas": (
        "[Which|What] CAS number [does {n} have|belongs to {n}|identifies {n}]?",
        "[I need|I want|I'm missing|Fetch] the CAS number [of|for] {n}" + END,
        "What is the CAS [number|registry number|] of " + NAME + "?",
        POLITE + "[give me|find|look up|tell me] the CAS number of " + NAME + END,
        "CAS number for {n}" + END,
        "CAS of {n}?",
        "[CAS|CAS number|CAS RN|Registry number] [needed|required|missing|please][:| -] {n}",
        "[The order form|The safety sheet|Our purchasing system|The label] [needs|requires|asks for] the CAS number of {n}[.|]",
        "{n}[: |, | - ][CAS?|CAS number please|which CAS number?]",
        "[Under which CAS number|With what CAS number] [is {n} listed|is {n} registered|is {n} sold|do I order {n}]?",
        "[I wonder|Do you know|Any idea] what the CAS number of {n} is[?|]",
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
        "[Melting point|mp|Melting temperature] [needed|required|missing|please][:| -] {n}",
        "{n}[: |, | - ][melting point?|mp please|when does it melt?]",
        "[Will|Does|Would] {n} [melt in my oven|stay solid in summer|be solid on the bench]? [What's the melting point?|Give me its melting point.]",
        "[I'm checking purity|I'm running a melting point test]: [which value|what melting point] should {n} [have|show]?",
        "[Solid {n} turns liquid|{n} goes from solid to liquid] at what temperature?",
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
        "[Boiling point|bp|Boiling temperature] [required|missing|please][:| -] {n}",
        "{n}[: |, | - ][boiling point?|bp please|when does it boil?]",
        "[I'm distilling|I want to distil|I'll evaporate] {n}[;|.] [at what temperature does it come over?|which boiling point should I expect?|what is its boiling point?]",
        "[Liquid {n} turns to gas|{n} starts to boil] at what temperature?",
        "[How volatile is {n}|Is {n} volatile]? [Give me the boiling point.|What's the boiling point?]",
    ),
    "inchikey": (
        "What is the InChIKey of " + NAME + "?",
        POLITE + "[give me|find|look up|tell me] the InChIKey [of|for] " + NAME + END,
        "[InChIKey|The InChIKey] [needed|required|missing|please|for a search][:| -] {n}",
        "{n}[: |, | - ][InChIKey?|InChIKey please]",
        "[Which|What] InChIKey [does {n} have|belongs to {n}|identifies {n}]?",
    ),
}

# the same requests for a compound that is given by name; {n} is the name
NAMED = {
    "draw": (
        "[I know it as|The label says|It is sold as|People call it] {n}[; draw it.|. Can you draw its structure?|; what does its structure look like?]",
        "[How does|What does] {n} look like[ as a structure|, chemically| at the atomic level|]?",
        "[Sketch|Draw|Depict|Render] [the structure of|the molecule called|the compound called|the skeletal formula of|] {n}"
        + END,
        "{n}[: |, | - ][structure please|draw it|2D structure|skeletal formula|picture of the molecule]",
        "[Structure|Drawing|2D structure|Skeletal formula|Line drawing] [needed|requested|please][:| -] {n}",
        "[For the poster|For my talk|For the hand-out|For a quiz] I [want|need] {n} [drawn|as a structural formula|in 2D].",
        "[I wonder|I'd like to see] how {n} is drawn[.|]",
        "[Mind drawing|Would you mind sketching|Any chance of seeing] {n}?",
        "[Look up {n} and draw it|Find {n} and show me the structure|Get {n} from the table, then draw it|Search {n} and sketch the structure]"
        + END,
    ),
    "3d": (
        "[Look up {n} and show it in 3D|Find {n} and build a 3D model|Get {n} from the table, then make it 3D]" + END,
        "[I want to|I'd like to|Let me] [see|rotate|inspect|walk around] {n} in [3D|three dimensions]" + END,
        "{n}[: |, | - ][3D model|3D structure please|conformer|as a 3D model|in 3D]",
        "[3D structure|3D model|Conformer|Spatial structure] [needed|requested|please][:| -] {n}",
        "[How is|In what shape is] {n} [arranged|folded|built] in [space|3D|three dimensions]?",
        "[What shape does {n} have|Is {n} flat]? [Show a 3D model.|In 3D please.|A 3D view, please.]",
        "[Mind building|Would you mind making|Any chance of] a [3D model|conformer|3D view] of {n}?",
        "[Make|Build|Display|Model|Embed|Create] [the molecule of|a 3D version of|a conformer of|a 3D model of] {n}[ in 3D|]"
        + END,
    ),
    "property": (
        "[{p}|{P}] of {n}[?|, please|]",
        "[What is|What's|Give me|Compute|Tell me|Calculate|State|Check] the {p} of [the drug |the compound |the solvent |]{n}"
        + END,
        "{n}[: |, | - ][{p}?|its {p} please|what {p}?|{p} needed]",
        "[What|Which] {p} does {n} have?",
        "[{p}|{P}] [needed|required|missing|requested] for {n}[.|]",
        "[I wonder|I'd like to know|I need to know] [what {p} {n} has|the {p} of {n}]" + END,
        "[Look up {n} and compute its {p}|Find {n} and give me the {p}|Get the structure of {n}, then its {p}]" + END,
        "[I have a bottle of|We use a lot of|I'm dissolving|We are ordering] {n}[. What is its {p}?|; I need the {p}.|, what about the {p}?]",
        "[Mind telling me|Any chance you know|Do you know|Can you find] the {p} of {n}?",
        "[Concerning|Regarding|As for|About] {n}: [what is its {p}?|{p}?|I need the {p}.]",
        "[For the safety sheet|For the inventory|For an exam question|For table 1], [what is the {p} of {n}?|I need the {p} of {n}.]",
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
    POLITE + "[what is|calculate|compute|work out|what's|solve|how much is|find|tell me] {x}" + END,
    "What is {x}?",
    "How much is {x}?",
    "Calculate {x}" + END,
    "{x}",
    "{x} = ?",
    "{x}=",
    "[Evaluate|Compute] the expression {x}" + END,
    "What do you get for {x}?",
    "[I need|Give me] the [result|value] of {x}" + END,
    "[I need to know|I wonder|I'd like to know] what {x} [is|comes out as|makes]" + END,
    "[Mind|Would you mind] [computing|calculating|doing|working out] {x}?",
    "[Before I pipette|For my expense sheet|For the lab book|To scale the reaction|For the standard curve][,|:] {x}[?| please.| is how much?]",
    "[Type this into a calculator|Use your calculator|Use the calculator|Put this through the calculator]: {x}",
    "[The expression|The term|The sum|My formula] is {x}[.|;] [Value?|what's the value?|how much is that?|please evaluate.]",
    "{x}[: |, | - ][evaluate|compute|calculate|solve|work it out|value please|give me the number]",
    "[Double-check|Verify|Recalculate|Recompute] {x}[ for me|][.|]",
    "[Someone says|I think] {x} is [easy|a big number|a small number|tricky]. What is it[ exactly|]?",
    "[Just|Only] the [number|result|value], please: {x}",
    "[Any idea|Do you know|Can you tell] [what|how much] {x} is?",
    "[Numerically|In numbers|As a decimal], [what is|how much is] {x}?",
    "[Problem 1|Exercise 3|Question 2|Item 4]: {x}",
    "if I type {x}, [what comes out|what should I see|what is the result]?",
    "[Get me|Find me|Tell me|Return|Print|Show me] the [result|value|outcome] of {x}" + END,
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
