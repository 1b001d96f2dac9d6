import pytest

from leglift.synth.generate import demo_sample
from leglift.synth.motion import Programme, Rep
from leglift.synth.sample import Recording
from leglift.synth.scene import Camera


@pytest.fixture(scope="session")
def short_sample():
    """One flat rep and one that arches from 50 deg on, under two seconds each, tiny pictures."""
    flat = Rep(lift_s=0.7, top_s=0.1, lowering_s=0.9, bottom_s=0.1, low_deg=10, top_deg=85)
    arched = flat.model_copy(update={"arch": "onset", "peak_tilt_deg": 20.0, "onset_deg": 50.0})
    programme = Programme(reps=(flat, arched), fps=15, lead_s=0.2, tail_s=0.2, breath_deg=0.0)
    return demo_sample().model_copy(
        update={
            "programme": programme,
            "camera": Camera(width_px=160, height_px=96),
            "recording": Recording(samples=0, cell_m=0.012),
        }
    )


@pytest.fixture(scope="session")
def needs_display():
    moderngl = pytest.importorskip("moderngl")
    try:
        moderngl.create_context(standalone=True, backend="egl").release()
    except Exception as error:
        pytest.skip(f"no off-screen OpenGL here: {error}")
