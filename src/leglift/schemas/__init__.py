"""What the tables of the study must look like; a wrong cell is found before the long job."""

from leglift.schemas.reading import read_checked as read_checked
from leglift.schemas.reading import read_videos as read_videos
