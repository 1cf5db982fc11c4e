"""Lists: one's cases, "Heute", what a search finds, who is in the directory. No names of families but in a search."""

from pydantic import Field

from adapters.api.schemas import Day, Message, Text, shown

NEXT = "Wo es weitergeht; null am Ende."


class CaseLine(Message):
    """One case of a list, by number."""

    model_config = shown(
        number="FH-2026-0042", state="received", state_label="Eingegangen", received_on="2026-03-09",
        district="Nord", responsible="fachkraft", due="2026-03-12", obligation="first_contact",
        obligation_label="Erstkontakt", overdue=False,
    )  # fmt: skip

    number: str = Field(description="Fallnummer.")
    state: str | None = Field(description="Stand.")
    state_label: str | None = Field(description="Stand, deutsch.")
    received_on: Day = Field(description="Tag des Eingangs.")
    district: str = Field(description="Ortsteil.")
    responsible: str | None = Field(description="Zuständige Fachkraft.")
    due: Day | None = Field(description="Die nächste Frist.")
    obligation: str | None = Field(description="Was bis dahin geschuldet ist.")
    obligation_label: str | None = Field(description="Deutscher Name.")
    overdue: bool = Field(description="Ob überfällig.")


class CasePage(Message):
    """Cases, the earliest first."""

    model_config = shown(items=[], next=None)

    items: list[CaseLine] = Field(description="Fälle in der Reihenfolge ihres Eingangs.")
    next: str | None = Field(description=NEXT)


class WorkItem(Message):
    """One line of „Heute“."""

    model_config = shown(
        heading="due", heading_label="Heute fällig", number="FH-2026-0042", state_label="Eingegangen",
        what="Erstkontakt", due="2026-03-12", days=0, remark="", obligation="first_contact",
        for_whom="", opening=None,
    )  # fmt: skip

    heading: str = Field(description="danger, overdue, due, returned, waiting oder later.")
    heading_label: str = Field(description="Deutsche Überschrift.")
    number: str = Field(description="Fallnummer.")
    state_label: str = Field(description="Stand, deutsch.")
    what: str = Field(description="Was zu tun ist.")
    due: Day | None = Field(description="Bis wann.")
    days: int = Field(description="In wie vielen Tagen; negativ: seit so vielen.")
    remark: str = Field(description="Was dazu zu wissen ist.")
    obligation: str = Field(description="Die Frist dahinter.")
    for_whom: str = Field(description="In wessen Vertretung, oder wessen Fall im Notfall geöffnet ist.")
    opening: str | None = Field(description="Der begründete Zugriff, um den es geht (Kennung).")


class Worklist(Message):
    """„Heute“ of one person, the most urgent first."""

    model_config = shown(day="2026-03-12", items=[], notice="")

    day: Day = Field(description="Heute, Ortszeit Berlin.")
    items: list[WorkItem] = Field(description="Das Dringendste zuerst.")
    notice: str = Field(
        default="", description="Was die Leitung wissen muss, wo die Fristenuhr schweigt; sonst leer."
    )


class SearchQuery(Message):
    """What is looked for; in the body, because names stand in no address."""

    model_config = shown(text="Musterfrau")

    text: Text = Field(description="Name, Telefon oder Fallnummer.", min_length=1)


class SearchHit(Message):
    """A case that was found among those this person reads."""

    model_config = shown(
        number="FH-2026-0042", state="received", state_label="Eingegangen", surname="Musterfrau",
        first_name="Mia", received_on="2026-03-09",
    )  # fmt: skip

    number: str = Field(description="Fallnummer.")
    state: str = Field(description="Stand.")
    state_label: str = Field(description="Stand, deutsch.")
    surname: str = Field(description="Nachname.")
    first_name: str = Field(description="Vorname.")
    received_on: Day = Field(description="Tag des Eingangs.")


class SearchResult(Message):
    """Everything that was found."""

    model_config = shown(items=[])

    items: list[SearchHit] = Field(description="Gefundene Fälle.")


class PersonLine(Message):
    """Somebody of the house, as the directory has them."""

    model_config = shown(
        id="fachkraft", name="Frau Muster", roles=["case_worker"], institution="", active=True
    )

    id: str = Field(description="Kennung.")
    name: str = Field(description="Name.")
    roles: list[str] = Field(description="Rollen.")
    institution: str = Field(description="Einrichtung.")
    active: bool = Field(description="Ob sie hier arbeitet.")


class People(Message):
    """Everybody of the house."""

    model_config = shown(items=[])

    items: list[PersonLine] = Field(description="Nach Kennung.")


class RecipientLine(Message):
    """Somebody to whom a family can be handed over."""

    model_config = shown(
        id="yildiz", name="Frau Yıldız", role="family_midwife", role_label="Familienhebamme",
        institution="", active=True, agreement_until=None,
    )  # fmt: skip

    id: str = Field(description="Kennung, als recipient anzugeben.")
    name: str = Field(description="Name.")
    role: str = Field(description="Beruf.")
    role_label: str = Field(description="Beruf, deutsch.")
    institution: str = Field(description="Einrichtung.")
    active: bool = Field(description="Ob angefragt werden kann.")
    agreement_until: Day | None = Field(description="Letzter Tag der Vereinbarung.")


class Recipients(Message):
    """Everybody to whom a family can be handed over."""

    model_config = shown(items=[])

    items: list[RecipientLine] = Field(description="Nach Kennung.")
