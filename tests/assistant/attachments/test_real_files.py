"""The real files of ../shared/data and gradio's four videos: what is understood, shown and told to the model."""

import asyncio
import io
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from assistant.attachments.attachment import is_text
from assistant.attachments.file_text import FileText
from assistant.attachments.reader import AttachmentReader
from assistant.attachments.store import AttachmentStore
from assistant.cancel import CancelToken
from engine.media import ImageInput, SignalInput, VideoInput
from engine.processors.settings import INTERN_S1_PRO
from tests.assistant.tools.shared_files import DATA, needs_shared

VIDEOS = Path(next(iter(find_spec("gradio").submodule_search_locations))) / "media_assets" / "videos"

# file, kind, the beginning of what was understood, what the model reads
SHARED = [
    ("1hvr.pdb", "structure", "2 chains, 198 residues, ligand XK2, 1.8 Å X-ray", FileText),
    ("1ubi_ubiquitin.pdb", "structure", "1 chain, 76 residues, 81 waters, 1.8 Å X-ray", FileText),
    ("MANIFEST.tsv", "text", "table, 15 rows of 7 columns: file, bytes, package", FileText),
    ("a.mp4", "video", "", VideoInput),
    (
        "bgld_gaps.mseed",
        "signal",
        "1 component, 200 Hz, 253.3 s, starts 2008-01-01T00:00:18.455000, the longest of 4",
        SignalInput,
    ),
    ("calibration_chart.png", "image", "", ImageInput),
    ("cdk2.sdf", "molecule", "47 molecules, 17-31 heavy atoms, with 3D coordinates", FileText),
    ("cell.png", "image", "550 x 660 picture", ImageInput),
    ("chembl2321810.smi", "molecule", "1,017 molecules, 26-41 heavy atoms", FileText),
    ("cristobalite.cif", "crystal", "Cristobalite O2Si, P41212, a = 4.9727, b = 4.9727, c = 6.9257 Å", FileText),
    ("hemoglobin.fasta", "sequence", "2 protein sequences, 142-147 residues", FileText),
    ("molybdenite.cif", "crystal", "Molybdenite MoS2, R3m:H, a = 3.163, b = 3.163, c = 18.37 Å", FileText),
    (
        "nci_5k.smi",
        "molecule",
        "4,991 molecules, 2-122 heavy atoms; 8 entries could not be read, the first is line 2098",
        FileText,
    ),
    ("rjob_local.mseed", "signal", "3 components, 100 Hz, 30.0 s, starts 2009-08-24T00:20:03, ", SignalInput),
    ("sunspots.csv", "signal", "1 channel, 309 samples, ", SignalInput),
    ("world.mp4", "video", "", VideoInput),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    store = AttachmentStore(tmp_path_factory.mktemp("conversations"))
    reader = AttachmentReader(store)
    yield store, reader
    reader.close()


def read(desk, path):
    """The attachment, what the model reads, what was understood, the size of the preview in pixels or its SVG."""

    async def content():
        yield path.read_bytes()

    store, reader = desk
    attachment = asyncio.run(store.receive("conversation", path.name, content()))
    settings = None if is_text(attachment.kind) else INTERN_S1_PRO
    item, understood = reader.read("conversation", attachment, settings, CancelToken())
    preview, media_type = store.preview("conversation", understood.reading_id)
    if media_type == "image/svg+xml":
        return attachment, item, understood, preview.decode()
    with Image.open(io.BytesIO(preview)) as picture:
        return attachment, item, understood, picture.size


@needs_shared
@pytest.mark.parametrize(("name", "kind", "says", "part"), SHARED, ids=[row[0] for row in SHARED])
def test_a_real_file_is_understood_shown_and_told(desk, name, kind, says, part):
    attachment, item, understood, preview = read(desk, DATA / name)

    assert attachment.kind == kind
    assert understood.description.startswith(says)
    assert isinstance(item, part)
    if isinstance(item, FileText):
        assert "<svg" in preview and 0 < len(item.part(name)) < 4_700
    else:
        assert f", {item.num_tokens:,} tokens" in understood.description
        assert "<polyline" in preview if kind == "signal" else min(preview) > 50


@needs_shared
def test_every_real_file_is_in_the_table():
    assert sorted(path.name for path in DATA.iterdir() if path.is_file()) == sorted(row[0] for row in SHARED)


@needs_shared
def test_the_model_is_told_of_molecules_as_smiles_with_their_names(desk):
    _, item, _, svg = read(desk, DATA / "cdk2.sdf")

    told = item.part("cdk2.sdf", 300).splitlines()

    assert told[1] == "CC(C)C(=O)COc1nc(N)nc2[nH]cnc12 ZINC03814457"
    assert told[-1] == "[... 41 more molecules; tools can read the whole file by its name]"
    assert "ZINC" not in svg or "<path" in svg


@needs_shared
def test_the_model_is_told_of_a_structure_without_its_coordinates(desk):
    _, item, _, svg = read(desk, DATA / "1ubi_ubiquitin.pdb")

    told = item.part("1ubi.pdb")

    # P0CG48, residues 1 to 76 (UniProt)
    assert "chain A: 76 residues MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG" in told
    assert "ATOM" not in told and svg.count("<polyline") == 1


@pytest.mark.skipif(not VIDEOS.is_dir(), reason="this gradio brings no videos")
@pytest.mark.parametrize("name", ["a.mp4", "b.mp4", "muted_b.mp4", "world.mp4"])
def test_a_video_of_gradio_is_understood_shown_and_told(desk, name):
    attachment, item, understood, size = read(desk, VIDEOS / name)

    assert attachment.kind == "video" and isinstance(item, VideoInput)
    assert " s, " in understood.description and f"{item.num_tokens:,} tokens" in understood.description
    assert size[1] == 120 and size[0] > 300
