"""The manifest of files."""

from aftersales.files import service
from aftersales.files.holdings import HOLDINGS
from aftersales.files.routes import api, track
from aftersales.module import Module, TimerHandler

MODULE = Module(
    name="files",
    title="Files",
    package="aftersales",
    summary="Photos and documents, checked, drawn anew and kept by their content.",
    api=(api,),
    pages=(track,),
    timers=(TimerHandler(service.SWEEP, service.sweep), TimerHandler(service.REMOVE, service.remove)),
    holdings=HOLDINGS,
)
