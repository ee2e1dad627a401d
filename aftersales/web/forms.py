"""Forms from schemas, and bodies from forms: one description of what a verb takes serves the API and people alike."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData, UploadFile

from aftersales.errors import Invalid
from aftersales.i18n import N_
from aftersales.module import Option
from aftersales.money import parse_major

BLANK_ROWS = 4
_ABBREVIATED = {"upi": "UPI"}
_INDEXED = re.compile(r"(?P<list>[a-z_]+)\.(?P<row>\d{1,2})\.(?P<field>[a-z_]+)")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")

Field = dict[str, Any]
M = TypeVar("M", bound=BaseModel)


def fields(
    schema: type[BaseModel],
    options: Mapping[str, Sequence[Option]] | None = None,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[Field]:
    """The form fields of a schema, in its order, as the template's `field` macro takes them.

    A list of models becomes rows named ``lines.0.amount``; rows left blank are ignored when the form comes back.
    """
    found: list[Field] = []
    for name, info in schema.model_fields.items():
        rows = _row_model(info)
        if rows is None:
            found.append(_field(name, info, options or {}, values or {}, errors or {}))
            continue
        for row in range(BLANK_ROWS):
            prefix = f"{name}.{row}."
            needed = [prefix + inner for inner, inner_info in rows.model_fields.items() if inner_info.is_required()]
            begun = any((values or {}).get(key) for key in needed) or any(k.startswith(prefix) for k in errors or ())
            for inner, inner_info in rows.model_fields.items():
                made = _field(f"{name}.{row}.{inner}", inner_info, options or {}, values or {}, errors or {}, key=inner)
                found.append(made | {"required": made["required"] and row == 0, "typed": begun})
    return found


def _field(
    name: str,
    info: FieldInfo,
    options: Mapping[str, Sequence[Option]],
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    key: str | None = None,
) -> Field:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    choices = _choices(info, options.get(key or name))
    kind = str(extra.get("widget") or _widget(info, choices))
    made: Field = {
        "name": name,
        "label": N_(info.title or (key or name).replace("_", " ").capitalize()),
        "kind": kind,
        "required": (info.is_required() or bool(extra.get("needed"))) and kind != "checkbox",
        "help": N_(info.description) if info.description else None,
        "error": errors.get(name),
        "value": values.get(name, _default(info)),
        "options": [{"value": choice.value, "label": N_(choice.label)} for choice in choices],
        "multiple": kind == "file" and get_origin(_bare(info)) is list,
        "accept": "image/*" if kind == "file" else None,
        "scan": extra.get("scan"),
        "read_by": extra.get("read_by"),
    }
    if isinstance(made["value"], list | tuple):
        made["value"] = "\n".join(str(item) for item in made["value"])
    return made


def _default(info: FieldInfo) -> Any:
    return "" if info.is_required() or info.default is None else info.get_default(call_default_factory=True)


def _bare(info: FieldInfo) -> Any:
    """The annotation without `| None` and what a type of `fields` adds."""
    annotation = info.annotation
    if get_origin(annotation) in (Union, UnionType):
        kept = [a for a in get_args(annotation) if a is not NoneType]
        annotation = kept[0] if len(kept) == 1 else annotation
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _row_model(info: FieldInfo) -> type[BaseModel] | None:
    bare = _bare(info)
    inner = get_args(bare)[0] if get_origin(bare) is list and get_args(bare) else None
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None


def _choices(info: FieldInfo, given: Sequence[Option] | None) -> Sequence[Option]:
    if given is not None:
        return given
    bare = _bare(info)
    if get_origin(bare) is Literal:
        return [
            Option(str(v), _ABBREVIATED.get(str(v)) or str(v).replace("_", " ").capitalize()) for v in get_args(bare)
        ]
    return ()


def _widget(info: FieldInfo, choices: Sequence[Option]) -> str:
    bare = _bare(info)
    if choices:
        return "select"
    if bare is bool:
        return "checkbox"
    if bare is datetime:
        return "datetime"
    if bare is date:
        return "date"
    if get_origin(bare) is list:
        return "textarea"
    return "number" if bare is int else "text"


@dataclass(frozen=True, slots=True)
class _Reading:
    """How what was typed is read: on which wall clock, in which currency."""

    zone: str
    currency: str


def asks_money(schema: type[BaseModel]) -> bool:
    """Whether a field of the schema, or of its rows, is an amount."""
    return any(
        _is_money(info) or ((rows := _row_model(info)) is not None and asks_money(rows))
        for info in schema.model_fields.values()
    )


def body_of(schema: type[BaseModel], form: FormData, zone: str, currency: str = "INR") -> dict[str, Any]:
    """What a person sent, in the shape that the schema takes. Wall-clock times are read in `zone`, amounts in the
    currency that the form itself names, else in `currency`.

    Fields left empty are left out, so that defaults apply; files are not read here. Raises Invalid for an amount or
    time that cannot be read.
    """
    body: dict[str, Any] = {}
    own = _text(form, "currency").upper() if "currency" in schema.model_fields else ""
    read = _Reading(zone, own or currency)
    for name, info in schema.model_fields.items():
        rows = _row_model(info)
        if rows is not None:
            body[name] = _rows(name, rows, form, read)
        elif _is_file(info):
            continue
        elif get_origin(_bare(info)) is list:
            body[name] = _several(form.getlist(name))
        elif (text := _text(form, name)) != "" or _bare(info) is bool:
            body[name] = _value(name, text, info, read)
    return {name: value for name, value in body.items() if value not in (None, [])}


def _rows(name: str, model: type[BaseModel], form: FormData, read: _Reading) -> list[dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    for key in form:
        match = _INDEXED.fullmatch(key)
        if match is None or match["list"] != name or match["field"] not in model.model_fields:
            continue
        text = _text(form, key)
        if text:
            row = rows.setdefault(int(match["row"]), {})
            row[match["field"]] = _value(key, text, model.model_fields[match["field"]], read)
    # A row in which only the choices with a default are filled was never begun.
    begun = {n for n, i in model.model_fields.items() if not _choices(i, None) and i.is_required()}
    return [row for _, row in sorted(rows.items()) if begun & row.keys() or not begun]


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _several(values: Iterable[object]) -> list[str]:
    lines = [line.strip() for value in values if isinstance(value, str) for line in value.splitlines()]
    return [line for line in lines if line]


def _is_money(info: FieldInfo) -> bool:
    extra = info.json_schema_extra
    return isinstance(extra, dict) and extra.get("widget") == "money" and _bare(info) is int


def _is_file(info: FieldInfo) -> bool:
    extra = info.json_schema_extra
    return isinstance(extra, dict) and extra.get("widget") == "file"


def _value(name: str, text: str, info: FieldInfo, read: _Reading) -> Any:
    bare = _bare(info)
    if bare is bool:
        return text not in ("", "0", "off", "false")
    if _is_money(info):
        try:
            return parse_major(text, read.currency).minor
        except ValueError as error:
            raise _unreadable(name, N_("Write an amount such as 6490.00.")) from error
    if bare is datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise _unreadable(name, N_("Write a date and a time.")) from error
        return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(read.zone))
    return text


def _unreadable(name: str, help_text: str) -> Invalid:
    return Invalid(
        "http.invalid", "Some values are not right.", errors=[{"field": name, "problem": help_text, "help": help_text}]
    )


def uploads(schema: type[BaseModel], form: FormData) -> list[tuple[str, str, list[UploadFile]]]:
    """The files sent for each file field: its name, the kind to store them as, and the files."""
    found = []
    for name, info in schema.model_fields.items():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and extra.get("widget") == "file":
            sent = [f for f in form.getlist(name) if isinstance(f, UploadFile) and f.filename]
            found.append((name, str(extra.get("kind", "photo")), sent))
    return found


def validated(schema: type[M], body: Mapping[str, Any]) -> M:
    """The schema's model from a body. Raises Invalid (`http.invalid`) that lists every field."""
    try:
        return schema.model_validate(body)
    except ValidationError as error:
        raise invalid(error.errors()) from error


def _help(kind: str, limits: Mapping[str, Any]) -> dict[str, str]:
    """The commonest findings as a person at a form says them."""
    words = {
        "missing": N_("This is needed."),
        "string_too_short": N_("Write at least {count} letters.").format(count=limits.get("min_length")),
        "string_too_long": N_("Write at most {count} letters.").format(count=limits.get("max_length")),
        "literal_error": N_("Choose one of these."),
        "uuid_parsing": N_("Choose one of these."),
        "string_pattern_mismatch": N_("This is not in the form that is asked for."),
    }
    return {"help": words[kind]} if kind in words else {}


def invalid(errors: Sequence[Any]) -> Invalid:
    """Pydantic's findings as ours: field, problem; never the value that was sent."""
    found = [
        {
            "field": ".".join(str(part) for part in e["loc"] if part != "body"),
            "problem": N_(str(e["msg"]).removeprefix("Value error, ")),
            **_help(str(e["type"]), e.get("ctx") or {}),
        }
        for e in errors
    ]
    named = ", ".join(sorted({str(f["field"]) for f in found if f["field"]}))
    what = named or N_("the body")
    return Invalid("http.invalid", N_("Correct these and send again: {what}.").format(what=what), errors=found)


def hours(start: str, end: str) -> tuple[time, time] | None:
    """Hours on the clock as `<input type="time">` sends them; None where both are empty.

    Raises Invalid (`updates.hours`) for one without the other, and for what is no time.
    """
    given = start.strip()[:5], end.strip()[:5]
    if not any(given):
        return None
    if not all(_CLOCK.fullmatch(one) for one in given):
        raise Invalid("updates.hours", N_("Give both hours as 21:00 and 08:00, or leave both empty."))
    return time.fromisoformat(given[0]), time.fromisoformat(given[1])


def ordered(form: FormData, names: Sequence[str]) -> tuple[str, ...]:
    """What was chosen in these fields, in their order, without those that choose nothing (`none`)."""
    return tuple(value for name in names if (value := str(form.get(name, ""))) not in ("", "none"))
