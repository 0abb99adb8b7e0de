"""The agent's phone, state and day; the team; the choices agents are offered."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from crm_api.auth import AgentWho, SignedIn, Supervisor, Who
from crm_api.callcenter.choices import DISPOSITIONS, PAUSE_CODES, PAUSE_REASONS
from crm_api.callcenter.repository import AgentRepository
from crm_api.callcenter.schemas import (
    AgentDay,
    Choice,
    PauseBody,
    PhoneView,
    Team,
    TeamAgent,
    TeamQueue,
)
from crm_api.callcenter.service import AgentService, DeviceSecret
from crm_api.errors import (
    BadCsrf,
    BadInput,
    Conflict,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PbxDown,
    responses,
)
from crm_api.services import Reading, Services, Use
from crm_api.times import now_micros
from nidaa.config.models import Listener
from nidaa.contracts import control

router = APIRouter(prefix="/api", tags=["callcenter"], responses=responses(NotSignedIn))
order_refusals = responses(NotSignedIn, NotAllowed, BadCsrf, Conflict, BadInput, PbxDown)
PUBLISH_FOR = 2.0  # seconds the webphone waits for pbx to know its new password
ANY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104  compared with, not bound


@router.post("/phone", responses=order_refusals)
async def rotate_phone(who: AgentWho, services: Use) -> PhoneView:
    """A new password for this agent's webphone, which pbx accepts when the answer is here."""
    async with services.database.writing() as session:
        extension = await AgentRepository(session, services.tenant).extension(who.extension)
        if extension is None:
            raise NotFound(f"There is no extension {who.extension}.")
        secret = await AgentService(session, services.tenant).rotate_device(
            extension, "webphone", services.configuration.system.domain
        )
    await services.publisher.publish(PUBLISH_FOR)
    return _phone_view(services, who, secret)


@router.post("/agent/sign-on", status_code=HTTPStatus.NO_CONTENT, responses=order_refusals)
async def sign_on(who: AgentWho, services: Use) -> None:
    """Begin the shift."""
    await services.pbx.order(control.SignOn(who.agent))


@router.post("/agent/sign-off", status_code=HTTPStatus.NO_CONTENT, responses=order_refusals)
async def sign_off(who: AgentWho, services: Use) -> None:
    """End the shift, now or after the present call."""
    await services.pbx.order(control.SignOff(who.agent))


@router.post("/agent/ready", status_code=HTTPStatus.NO_CONTENT, responses=order_refusals)
async def ready(who: AgentWho, services: Use) -> None:
    """Take calls, now or after the present call and its wrap-up."""
    await services.pbx.order(control.SetReady(who.agent))


@router.post("/agent/pause", status_code=HTTPStatus.NO_CONTENT, responses=order_refusals)
async def pause(body: PauseBody, who: AgentWho, services: Use) -> None:
    """Take no calls, from now on or after the present call and its wrap-up."""
    if body.reason not in PAUSE_CODES:
        raise BadInput(
            f"There is no pause reason {body.reason}. Choose one of {sorted(PAUSE_CODES)}.",
            {"reason": "not offered"},
        )
    await services.pbx.order(control.SetPaused(who.agent, body.reason))


@router.get("/agent/day", responses=responses(NotSignedIn, NotAllowed))
async def day(who: AgentWho, session: Reading, services: Use) -> AgentDay:
    """The sums of this agent's day."""
    return await AgentService(session, services.tenant).day(who.agent, now_micros())


@router.get("/pause-reasons")
async def pause_reasons(_who: SignedIn) -> tuple[Choice, ...]:
    """Why an agent may pause."""
    return PAUSE_REASONS


@router.get("/dispositions")
async def dispositions(_who: SignedIn) -> tuple[Choice, ...]:
    """What a call may have been about."""
    return DISPOSITIONS


@router.get("/team", responses=responses(NotSignedIn, NotAllowed))
async def team(_who: Supervisor, session: Reading, services: Use) -> Team:
    """All agents and queues by name."""
    agents = await AgentRepository(session, services.tenant).all()
    return Team(
        agents=tuple(
            TeamAgent(
                id=agent.id,
                name=agent.user.name,
                extension=agent.extension.number,
                queues=tuple(row.queue for row in agent.memberships),
            )
            for agent in agents
        ),
        queues=tuple(TeamQueue(name=name, title=title) for name, title in services.titles.items()),
    )


def _phone_view(services: Services, who: Who, secret: DeviceSecret) -> PhoneView:
    system = services.configuration.system
    return PhoneView(
        uri=f"sip:{who.extension}@{system.domain}",
        username=secret.username,
        password=secret.password,
        realm=system.domain,
        display_name=who.name,
        wss_url=wss_url(system.listeners, system.address),
    )


def wss_url(listeners: tuple[Listener, ...], address: str) -> str:
    """Where webphones connect to. Raises PbxDown when no listener serves them."""
    for listener in listeners:
        if listener.serves == "webphones":
            host = address if listener.address in ANY_ADDRESS else listener.address
            return f"wss://{f'[{host}]' if ':' in host else host}:{listener.port}"
    raise PbxDown("No listener serves webphones. Add one to system.yaml.")
