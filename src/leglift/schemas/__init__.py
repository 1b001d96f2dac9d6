"""What the tables of the study must look like; a wrong cell is found before the long job."""

from leglift.schemas.clips import COACH as COACH
from leglift.schemas.clips import MASKS as MASKS
from leglift.schemas.clips import VIDEOS as VIDEOS
from leglift.schemas.clips import VISIBILITY as VISIBILITY
from leglift.schemas.moments import ANSWERS as ANSWERS
from leglift.schemas.moments import BLINDING as BLINDING
from leglift.schemas.moments import CATCH_TRUTH as CATCH_TRUTH
from leglift.schemas.moments import MOMENTS as MOMENTS
from leglift.schemas.moments import PAIRS as PAIRS
from leglift.schemas.moments import REP_LABELS as REP_LABELS
from leglift.schemas.moments import SAMPLED as SAMPLED
from leglift.schemas.ratings import ADJUDICATION as ADJUDICATION
from leglift.schemas.ratings import FIRST_LABELS as FIRST_LABELS
from leglift.schemas.ratings import LABELS as LABELS
from leglift.schemas.reading import read_checked as read_checked
from leglift.schemas.reading import read_videos as read_videos
