"""The tools of this field."""

import io
from contextlib import suppress

from assistant.tools.base import Tool
from assistant.tools.biology.align_sequences import align_sequences
from assistant.tools.biology.find_motifs import find_motifs
from assistant.tools.biology.hydropathy_plot import hydropathy_plot
from assistant.tools.biology.mutate_sequence import mutate_sequence
from assistant.tools.biology.protein_properties import protein_properties
from assistant.tools.biology.read_sequences import read_sequences
from assistant.tools.biology.translate_dna import translate_dna
from assistant.tools.optional import optional
from assistant.tools.result import ToolError

GROUP = "biology"
GENBANK = "LOCUS       TOY                        3 bp    DNA     linear   BCT 01-JAN-2000\nORIGIN\n        1 acg\n//\n"
TOOLS: tuple[Tool, ...] = (
    Tool.from_function(protein_properties, group=GROUP),
    Tool.from_function(read_sequences, timeout_s=30.0, group=GROUP),
    Tool.from_function(align_sequences, timeout_s=30.0, group=GROUP),
    Tool.from_function(translate_dna, group=GROUP),
    Tool.from_function(find_motifs, group=GROUP),
    Tool.from_function(mutate_sequence, group=GROUP),
    Tool.from_function(hydropathy_plot, group=GROUP),
)


def warm_up() -> None:
    """Load what the libraries load at first use."""
    with suppress(ToolError):
        reader = optional("Bio.SeqIO", "biopython")
        list(reader.parse(io.StringIO(GENBANK), "genbank"))
        align_sequences("MKV", "MKV")
        align_sequences("ACGTACGT", "ACGT", kind="dna")
        mutate_sequence("MKV", ["K2R"])
        hydropathy_plot("MKVLM", window=5)
        find_motifs("MKV")
        translate_dna("ATGTAA")
