"""The gate for submissions."""

from dataclasses import dataclass

from application.admission.backlog import Backlog
from application.admission.rate_control import RateControl, RateStanding
from application.ports.free_space import FreeSpace
from domain.access.caller import Caller


@dataclass(frozen=True, slots=True)
class AdmissionRequest:
    """Pictures that a caller wants to submit.

    Args:
        caller: who wants to.
        count: number of pictures.
        size: their average size in bytes; None while it is not known.
    """

    caller: Caller
    count: int = 1
    size: float | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """The caller may submit.

    Args:
        standing: of the owner's rate; None where it has no limit.
    """

    standing: RateStanding | None = None


@dataclass(frozen=True, kw_only=True)
class SubmissionGate:
    """Decides whether a caller may submit pictures now, before anybody reads them.

    Refusing costs next to nothing then, so that the engines keep their time for what was accepted, however much more
    is sent.
    """

    backlog: Backlog
    rates: RateControl
    free_space: FreeSpace

    def admit_at_once(self, wanted: AdmissionRequest) -> Admission | None:
        """Admit pictures without asking the database; None where it has to be asked: then call `admit`.

        Raises:
            DiskAlmostFull: there is no space for pictures.
            BacklogFull, QueueFull: too many pictures wait.
        """
        self.free_space.require()
        caller, count = wanted.caller, wanted.count
        self.backlog.check(caller, count)
        standing = None
        if self.rates.limit_of(caller) is not None:
            standing = self.rates.take_ahead(caller, count)
            if standing is None:
                return None
        return self._admitted(wanted, standing)

    def admit(self, wanted: AdmissionRequest) -> Admission:
        """Admit pictures for which `admit_at_once` has to ask the database.

        Raises:
            RateLimited: the rate of the owner does not allow it yet.
            DatabaseUnavailable: the rates cannot be reached.
        """
        return self._admitted(wanted, self.rates.take(wanted.caller, wanted.count))

    def _admitted(self, wanted: AdmissionRequest, standing: RateStanding | None) -> Admission:
        self.backlog.note_admitted(wanted.caller.owner, wanted.count, wanted.size)
        return Admission(standing)
