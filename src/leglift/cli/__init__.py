"""The `leglift` command: a group a file. Results go to stdout, progress and errors to stderr.

Heavy imports live inside the commands, so that `leglift --help` is quick.
"""

from leglift.cli.run import main as main
