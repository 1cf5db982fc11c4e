"""Every command of `lotse`: its words, where it is written, one line about it, and examples.

The program imports the module of the one command that was called and nothing else, so that `--help` and `deadline`
answer at once; the pages of help are drawn from here. Proven complete by `tests/cli/test_help.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One command. `place` is `module:function`; a function called `register` adds it to a Typer itself."""

    words: str
    place: str
    summary: str
    examples: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """The first word: the command itself, or the family it belongs to."""
        return self.words.partition(" ")[0]


FAMILIES = {
    "case": "Fälle suchen, ansehen, aufnehmen und einen Schritt weiterbringen.",
    "process": "Den Ablauf prüfen, vorlesen, zeichnen und einen neuen einführen.",
    "audit": "Das Protokoll prüfen, zeigen und für andere ausgeben.",
    "openings": "Fälle, die mit Begründung für eine Weile offen stehen.",
    "institution": "Einrichtungen des Netzwerks: Vereinbarung, wer für sie spricht.",
    "partner": "Eigene Meldungen: senden, verfolgen, antworten, zurückziehen.",
    "asd": "Was beim ASD liegt, mit Rückfragen und Antworten.",
    "handover": "Übergaben prüfen, und vermerken, dass sie geprüft sind.",
    "user": "Wer hier arbeitet, und wer wen vertritt.",
    "keys": "Schlüssel ansehen, erneuern, hinterlegen und zurückholen.",
    "backup": "Sichern, Sicherungen prüfen und zu zweit zurückholen.",
    "retention": "Aufbewahrungsfristen, und Löschen zu zweit.",
    "db": "Die Datenbank auf dem Server: Stand, Rollen, Prüfung, Umzug.",
}

HEADINGS = {
    "Jeden Tag": ("due", "case", "openings", "partner", "asd", "import", "deadline"),
    "Nachweisen": ("audit", "handover", "process"),
    "Einrichten": ("init", "user", "institution"),
    "Betreiben": (
        "serve",
        "openapi",
        "notary",
        "scheduler",
        "outbox",
        "backup",
        "keys",
        "retention",
        "db",
        "doctor",
    ),
    "Ausprobieren": ("demo",),
}

_CASE = "adapters.cli.cases"
_OPENINGS = "adapters.cli.openings"
_AUDIT = "adapters.cli.audit"
_USER = "adapters.cli.user"
_LOGIN = "adapters.cli.user_login"
_PROCESS = "adapters.cli.process:register"
_KEYS = "adapters.cli.keys"
_ESCROW = "adapters.cli.keys_escrow"
_RETENTION = "adapters.cli.retention"
_PARTNER = "adapters.cli.partners"
_INSTITUTION = "adapters.cli.institutions"

ENTRIES = (
    Entry(
        "due",
        "adapters.cli.due:due",
        "Was heute ansteht: Überfälliges, Fälliges, Zurückgekommenes.",
        ("lotse due", "lotse due --all --at 2026-11-30", "lotse due --as yildiz --json"),
    ),
    Entry(
        "import",
        "adapters.cli.intake:bring_in",
        "Eine Meldungsliste einlesen, wie Kliniken sie schicken.",
        (
            "lotse import meldungen.csv --dry-run",
            "lotse import meldungen.csv --quarantine nachbessern.csv",
            'lotse import praxis.csv --institution "Praxis am Beispielplatz" --json',
        ),
    ),
    Entry(
        "case list",
        f"{_CASE}:show_list",
        "Die eigenen Fälle, ohne Namen.",
        ("lotse case list", "lotse case list --state in_contact --json"),
    ),
    Entry(
        "case show",
        "adapters.cli.case_show:show_case",
        "Einen Fall ganz ansehen; das wird festgehalten.",
        ("lotse case show FH-2026-0042", "lotse case show FH-2026-0042 --accesses"),
    ),
    Entry(
        "case steps",
        "adapters.cli.case_steps:steps",
        "Welche Schritte jetzt möglich sind, welche nicht und warum.",
        ("lotse case steps FH-2026-0042",),
    ),
    Entry(
        "case why",
        "adapters.cli.case_steps:why",
        "Warum ein Schritt nicht geht, und was zuerst zu tun ist.",
        ("lotse case why FH-2026-0042 close", "lotse case why FH-2026-0042 propose_handover --to yildiz"),
    ),
    Entry(
        "case do",
        "adapters.cli.case_do:do",
        "Einen Schritt tun, etwa: Kontakt hergestellt.",
        (
            "lotse case do FH-2026-0042 reach_family --set channel=phone",
            "lotse case do FH-2026-0042 accept --as yildiz --to yildiz",
            "lotse case do FH-2026-0042 triage-yes --from notiz.json --dry-run",
        ),
    ),
    Entry(
        "case new",
        "adapters.cli.case_new:new",
        "Eine Meldung aufnehmen: self, consent oder unclear.",
        (
            "lotse case new                       fragt im Terminal nach allem",
            "lotse case new self --from meldung.json",
            "lotse case new unclear --set surname=Beispiel --dry-run",
            "lotse case new unclear --danger --from notruf.json",
        ),
    ),
    Entry(
        "case find",
        f"{_CASE}:find",
        "Suchen nach Name, Telefon oder Nummer („Oeztuerk“ findet „Öztürk“).",
        ("lotse case find oeztuerk", "lotse case find 02307/12345"),
    ),
    Entry(
        "case duplicates",
        f"{_CASE}:duplicates",
        "Andere Meldungen, die dieselbe Familie meinen könnten.",
        ("lotse case duplicates FH-2026-0042",),
    ),
    Entry(
        "case open",
        f"{_OPENINGS}:open_case",
        "Einen Fall mit Begründung für eine Weile öffnen, etwa im Notfall.",
        (
            'lotse case open FH-2026-0042 --reason "Die Mutter ruft an" --as brandt',
            'lotse case open 42 --kind inspection --reason "Beschwerde" --as leitung',
            'lotse case open 42 --kind advice --whom rat --reason "Beratung nach § 8b"',
        ),
    ),
    Entry(
        "openings list",
        f"{_OPENINGS}:show_list",
        "Was mit Begründung offen steht und stand.",
        ("lotse openings list --as leitung",),
    ),
    Entry(
        "openings end",
        f"{_OPENINGS}:end",
        "Einen begründeten Zugriff vor seiner Zeit beenden.",
        ("lotse openings end 5f0c6a52 --as brandt",),
    ),
    Entry(
        "openings review",
        f"{_OPENINGS}:review",
        "Einen Notfallzugriff prüfen, mit einem Vermerk.",
        ('lotse openings review 5f0c6a52 --remark "Besprochen, war nötig" --as leitung',),
    ),
    Entry(
        "deadline",
        "adapters.cli.deadline:register",
        "Eine Frist berechnen und Tag für Tag erklären.",
        (
            "lotse deadline 2026-03-27T17:00 --land NW",
            "lotse deadline 27.03.2026 --land BY --part katholisch --count werktage_193",
        ),
    ),
    Entry(
        "audit verify",
        f"{_AUDIT}:check",
        "Prüfen, ob das Protokoll unverändert ist.",
        (
            "lotse audit verify",
            "lotse audit verify --decrypt --replay",
            "lotse audit verify --checkpoint notiz --proof eintrag-17.tlog-proof",
        ),
    ),
    Entry(
        "audit export",
        f"{_AUDIT}:give_out",
        "Das Protokoll so ausgeben, dass andere es ohne Lotse prüfen.",
        ("lotse audit export protokoll/", "lotse audit export protokoll/ --bodies --vkey lotse.vkey"),
    ),
    Entry(
        "audit proof",
        "adapters.cli.audit_proof:give_proofs",
        "Nachweise ausgeben, dass Einträge im Protokoll standen.",
        (
            "lotse audit proof 1042",
            "lotse audit proof --case FH-2026-0042 --out nachweise",
        ),
    ),
    Entry(
        "audit checkpoint",
        "adapters.cli.checkpoint:checkpoint",
        "Einen Prüfpunkt unterschreiben und zeigen.",
        (
            "lotse audit checkpoint > pruefpunkt.txt",
            "lotse audit checkpoint --qr pruefpunkt.svg",
            "lotse audit checkpoint --mail",
        ),
    ),
    Entry(
        "audit show",
        "adapters.cli.audit_show:show_log",
        "Zeigen, wer wann was getan hat; auch das wird festgehalten.",
        (
            "lotse audit show --case FH-2026-0042",
            'lotse audit show --as dsb --reason "Stichprobe November" --from 2026-11-01',
            "lotse audit show --as leitung --reason Nachfrage --kind Ablehnungen",
        ),
    ),
    Entry(
        "audit handovers",
        "adapters.cli.audit_handovers:handovers",
        "Jede Übergabe: angefragt, Paket, Antwort, Grundlage, Nachweis.",
        (
            "lotse audit handovers --as leitung --overdue",
            "lotse audit handovers FH-2026-0042 --proof nachweise/",
        ),
    ),
    Entry(
        "audit disclosures",
        "adapters.cli.audit_disclosures:show_disclosures",
        "Wer welche Daten einer Familie bekam, wann und worauf gestützt.",
        (
            "lotse audit disclosures FH-2026-0042",
            "lotse audit disclosures FH-2026-0042 --reviewed --pdf auskunft.pdf",
        ),
    ),
    Entry(
        "partner list",
        f"{_PARTNER}:show_list",
        "Die eigenen Meldungen einer Einrichtung, nach Kennzeichen.",
        ("lotse partner list --as station3",),
    ),
    Entry(
        "partner show",
        f"{_PARTNER}:show_one",
        "Eine eigene Meldung, so weit Gesetz und Einwilligung es erlauben.",
        ("lotse partner show 7KQ-42M --as station3",),
    ),
    Entry(
        "partner refer",
        f"{_PARTNER}:refer",
        "Eine Meldung senden und ein Kennzeichen bekommen.",
        ("lotse partner refer written --from meldung.json --as station3",),
    ),
    Entry(
        "partner answer",
        f"{_PARTNER}:answer",
        "Die Frage nach der Einwilligung beantworten.",
        (
            "lotse partner answer 7KQ-42M ja --set form=written --as station3",
            "lotse partner answer 7KQ-42M nein --as station3",
        ),
    ),
    Entry(
        "partner withdraw",
        f"{_PARTNER}:withdraw",
        "Eine irrtümliche Meldung zurückziehen.",
        ('lotse partner withdraw 7KQ-42M --reason "falsche Familie" --as station3',),
    ),
    Entry(
        "asd inbox",
        "adapters.cli.asd:inbox",
        "Was beim ASD liegt: Unbestätigtes zuerst.",
        ("lotse asd inbox --as dienst", "lotse asd inbox --as dienst --json"),
    ),
    Entry(
        "asd show",
        "adapters.cli.asd:show_notice",
        "Eine Mitteilung mit Rückfragen und Antworten.",
        ("lotse asd show FH-2026-0042 --as dienst",),
    ),
    Entry(
        "handover check",
        "adapters.cli.handovers:check",
        "Übergaben prüfen: unbeantwortet, zu spät, abgelehnt, ohne Nachweis.",
        (
            "lotse handover check --as leitung",
            "lotse handover check --check overdue --from 2026-01-01 --as leitung",
        ),
    ),
    Entry(
        "handover review",
        "adapters.cli.handovers:review",
        "Eine Übergabe geprüft vermerken.",
        ('lotse handover review FH-2026-0042 --remark "Frist eingehalten" --as leitung',),
    ),
    Entry(
        "process check",
        _PROCESS,
        "Ein Profil gegen alle Gesetze des Ablaufs prüfen.",
        ("lotse process check unser-netzwerk.toml", "lotse process check bergkamen"),
    ),
    Entry(
        "process show",
        _PROCESS,
        "Den Ablauf vorlesen: ein Satz je Schritt, ein Satz je Frist.",
        ("lotse process show", "lotse process show heidelberg --json"),
    ),
    Entry(
        "process diagram",
        _PROCESS,
        "Den Ablauf zeichnen.",
        ("lotse process diagram --out ablauf.svg", "lotse process diagram leipzig --format mermaid"),
    ),
    Entry(
        "process adopt",
        "adapters.cli.adopt:adopt",
        "Ein geprüftes Profil einführen; neue Fälle beginnen danach.",
        ("lotse process adopt bergkamen", "lotse process adopt unser-netzwerk.toml --dry-run"),
    ),
    Entry(
        "init",
        "adapters.cli.init:init",
        "Schlüssel und Datenbank anlegen.",
        ("lotse init --profile bergkamen", "lotse init --profile unser-netzwerk.toml --dir /srv/lotse"),
    ),
    Entry(
        "institution list",
        f"{_INSTITUTION}:show_list",
        "Die Einrichtungen des Netzwerks, mit ihrer Vereinbarung.",
        ("lotse institution list", "lotse institution list --json"),
    ),
    Entry(
        "institution put",
        f"{_INSTITUTION}:put",
        "Eine Einrichtung eintragen, umbenennen, ihre Vereinbarung festhalten.",
        (
            'lotse institution put nord "Klinikum Nord" --kind birth_clinic --as netz',
            'lotse institution put nord --agreement "NV 3" --until 2027-12-31',
        ),
    ),
    Entry(
        "institution invite",
        f"{_INSTITUTION}:invite",
        "Jemanden einladen, für eine Einrichtung zu melden.",
        ('lotse institution invite nord station3 "Dr. Station" --as netz',),
    ),
    Entry("user list", f"{_USER}:show_list", "Wer hier arbeitet.", ("lotse user list",)),
    Entry(
        "user add",
        f"{_USER}:add",
        "Jemanden eintragen oder ändern.",
        (
            'lotse user add brandt "Frau Brandt" --role case_worker',
            'lotse user add yildiz "Frau Yıldız" --role family_midwife',
            "lotse user add yildiz … --agreement-until 2027-12-31",
            'lotse user add okafor "Herr Okafor" --role case_worker --link',
        ),
    ),
    Entry("user enable", f"{_USER}:enable", "Eine Sperre aufheben.", ("lotse user enable brandt",)),
    Entry("user disable", f"{_USER}:disable", "Jemanden sperren.", ("lotse user disable brandt",)),
    Entry(
        "user reset",
        f"{_LOGIN}:reset",
        "Jemandem mit einem Einmal-Link wieder hineinhelfen.",
        ("lotse user reset brandt", "lotse user reset okafor --second-factor --as vogt"),
    ),
    Entry(
        "user token",
        f"{_LOGIN}:token",
        "Zugangstoken für Programme ausstellen, auflisten, widerrufen.",
        (
            "lotse user token klinik --name KIS --scope referrals --days 365",
            "lotse user token klinik",
            "lotse user token klinik --revoke 0123456789abcdef",
        ),
    ),
    Entry(
        "user identity",
        f"{_LOGIN}:identity",
        "Jemanden mit dem Anmeldedienst verknüpfen, oder das lösen.",
        ("lotse user identity brandt 3f1c…", "lotse user identity brandt --remove"),
    ),
    Entry(
        "user mail",
        "adapters.cli.user_mail:mail",
        "Wohin „Es gibt Neues“ für einen selbst geschrieben wird.",
        ("lotse user mail brandt@musterstadt.example --as brandt", "lotse user mail --remove --as brandt"),
    ),
    Entry(
        "user substitute",
        "adapters.cli.substitutions:substitute",
        "Eine Vertretung eintragen, mit erstem und letztem Tag.",
        ("lotse user substitute brandt okafor 2026-12-21 2027-01-03",),
    ),
    Entry(
        "user substitutions",
        "adapters.cli.substitutions:show_list",
        "Wer wen vertritt, und von wann bis wann.",
        ("lotse user substitutions --as leitung",),
    ),
    Entry(
        "user substitute-end",
        "adapters.cli.substitutions:end_one",
        "Eine Vertretung sofort beenden.",
        ("lotse user substitute-end brandt okafor 2026-12-21 --as leitung",),
    ),
    Entry(
        "openapi",
        "adapters.cli.openapi:openapi",
        "Die Spezifikation der Schnittstelle (OpenAPI 3.1).",
        ("lotse openapi > openapi.json",),
    ),
    Entry(
        "serve",
        "adapters.cli.serve:serve",
        "Alles laufen lassen, was von selbst läuft.",
        ("lotse serve", "lotse serve --dir /srv/lotse"),
    ),
    Entry(
        "notary",
        "adapters.cli.notary:notary",
        "Das Protokoll jede Sekunde unterschreiben.",
        (
            "lotse notary",
            "lotse notary --once",
            "lotse notary status --json",
            'lotse notary resume --as okafor --reason "Sicherung zurückgeholt"',
        ),
    ),
    Entry(
        "scheduler",
        "adapters.cli.scheduler:scheduler",
        "Überfälliges markieren.",
        ("lotse scheduler", "lotse scheduler --once"),
    ),
    Entry(
        "outbox",
        "adapters.cli.outbox:outbox",
        "Welche Mails warten, versandt oder aufgegeben sind.",
        ("lotse outbox", "lotse outbox send", "lotse outbox retry"),
    ),
    Entry(
        "doctor",
        "adapters.cli.doctor:doctor",
        "Nachsehen, ob alles in Ordnung ist.",
        ("lotse doctor", "lotse doctor --json"),
    ),
    Entry(
        "backup create",
        "adapters.cli.backup:create",
        "Eine Sicherung machen, während andere weiterarbeiten.",
        ("lotse backup create /mnt/sicherung/", "lotse backup create mo.backup --as it"),
    ),
    Entry(
        "backup verify",
        "adapters.cli.backup:check",
        "Eine Sicherung ganz prüfen; geändert wird nichts.",
        ("lotse backup verify mo.backup",),
    ),
    Entry(
        "backup restore",
        "adapters.cli.backup_restore:restore",
        "Eine Sicherung zurückholen oder neu beginnen, zu zweit.",
        (
            "lotse backup restore mo.backup --dry-run",
            'lotse backup restore mo.backup --request --as brandt --reason "Platte defekt"',
            "lotse backup restore mo.backup --approve --as okafor",
            "lotse backup restore --here --vkey lotse.vkey --dry-run",
        ),
    ),
    Entry(
        "keys status",
        f"{_KEYS}:status",
        "Welche Schlüssel es gibt, wie alt sie sind, und was auf ihr Ende wartet.",
        ("lotse keys status", "lotse keys status --json"),
    ),
    Entry(
        "keys rotate",
        f"{_KEYS}:rotate",
        "Einen neuen Hauptschlüssel machen und alles darunter bringen.",
        ("lotse keys rotate --dry-run", "lotse keys rotate --as it"),
    ),
    Entry(
        "keys destroy",
        "adapters.cli.keys_end:destroy_version",
        "Eine alte Version des Hauptschlüssels für immer vernichten.",
        ("lotse keys destroy 1 --dry-run", "lotse keys destroy 1 --backup neu.backup"),
    ),
    Entry(
        "keys recovery-key",
        f"{_ESCROW}:recovery_key",
        "Einen Wiederherstellungsschlüssel für den Tresor machen.",
        ("lotse keys recovery-key /media/tresor/lotse-recovery.pem",),
    ),
    Entry(
        "keys escrow",
        f"{_ESCROW}:escrow",
        "Den Hauptschlüssel hinterlegen, versiegelt.",
        ("lotse keys escrow hinterlegung.json --to lotse-recovery.pem.pub --as it",),
    ),
    Entry(
        "keys recover",
        f"{_ESCROW}:recover",
        "Aus einer Hinterlegung wieder einen Schlüsselordner machen.",
        ("lotse keys recover hinterlegung.json --with recovery.pem --vkey lotse.vkey",),
    ),
    Entry(
        "db upgrade",
        "adapters.cli.db:upgrade",
        "PostgreSQL auf den neuesten Stand bringen, mit den Rollen.",
        ("lotse db upgrade --dry-run", "lotse db upgrade"),
    ),
    Entry(
        "db current", "adapters.cli.db:current", "Auf welchem Stand die Datenbank ist.", ("lotse db current",)
    ),
    Entry(
        "db move",
        "adapters.cli.db_move:move",
        "Einen gewachsenen Speicher aus seiner Datei nach PostgreSQL bringen.",
        ("lotse db move --dry-run", "lotse db move"),
    ),
    Entry(
        "db check",
        "adapters.cli.db:check",
        "Rolle, Trennung der Träger, Dauerhaftigkeit prüfen.",
        ("lotse db check", "lotse db check --json"),
    ),
    Entry(
        "retention due",
        f"{_RETENTION}:due",
        "Was gelöscht werden darf, nach Klassen, ohne Namen.",
        ("lotse retention due --as leitung", "lotse retention due --all --at 2029-12-31 --json"),
    ),
    Entry(
        "retention request",
        f"{_RETENTION}:request",
        "Eine Löschung beantragen.",
        (
            "lotse retention request FH-2026-0042 --ground family_request",
            "lotse retention request access/2024 --as dsb",
        ),
    ),
    Entry(
        "retention requests",
        f"{_RETENTION}:requests",
        "Welche Löschungen auf eine zweite Person warten.",
        ("lotse retention requests --as leitung",),
    ),
    Entry(
        "retention approve",
        f"{_RETENTION}:approve",
        "Eine beantragte Löschung genehmigen; danach ist der Inhalt weg.",
        (
            "lotse retention approve FH-2026-0042 --dry-run --as leitung",
            "lotse retention approve --all-due --as leitung",
        ),
    ),
    Entry(
        "retention withdraw",
        f"{_RETENTION}:withdraw",
        "Einen Antrag auf Löschung zurückziehen.",
        ("lotse retention withdraw FH-2026-0042",),
    ),
    Entry(
        "retention hold",
        f"{_RETENTION}:hold",
        "Einen Fall von der Löschung sperren.",
        ('lotse retention hold FH-2026-0042 --reason "Verfahren läuft" --as dsb',),
    ),
    Entry(
        "retention release",
        f"{_RETENTION}:release",
        "Eine Löschsperre aufheben.",
        ("lotse retention release FH-2026-0042 --as dsb",),
    ),
    Entry(
        "retention holds",
        "adapters.cli.retention_holds:holds",
        "Welche Fälle gesperrt sind, und warum.",
        ('lotse retention holds --reason "Prüfung" --as dsb',),
    ),
    Entry(
        "retention run",
        f"{_RETENTION}:run",
        "Für alles Fällige die Löschung beantragen.",
        ("lotse retention run --dry-run --as dsb", "lotse retention run --as dsb"),
    ),
    Entry(
        "retention purge",
        f"{_RETENTION}:purge",
        "Die Quarantäne leeren: was dort über die Frist liegt.",
        ("lotse retention purge --dry-run", "lotse retention purge --as leitung"),
    ),
    Entry(
        "retention scrub",
        f"{_RETENTION}:tidy",
        "Reste von Gelöschtem in der Datenbankdatei überschreiben.",
        ("lotse retention scrub",),
    ),
    Entry(
        "demo",
        "adapters.cli.demo:demo",
        "Vierzig erfundene Familien, vom Eingang bis zum Protokoll.",
        ("lotse demo", "lotse demo --once --dir /tmp/lotse-demo"),
    ),
)
