"""One fact of every kind, as rows of turns have always kept it, and what is said of it in both languages.

A new kind has its line here, or `test_kinds.py` says that it is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LINE = {"line": 1, "item": "IPA", "quantity": 2, "modifiers": [], "unit_cents": 6_00, "cents": 12_00}
WHISKEY = {
    "line": 2,
    "item": "Whiskey",
    "quantity": 1,
    "modifiers": ["neat"],
    "unit_cents": 9_00,
    "cents": 9_00,
}
BILL = {
    "status": "open",
    "subtotal_cents": 20_00,
    "tax_cents": 0,
    "tip_cents": 4_00,
    "tip_bp": 20_00,
    "total_cents": 24_00,
    "paid_cents": 0,
    "due_cents": 24_00,
    "balance_cents": 976_00,
}
PAYING = {"due_cents": 24_00, "status": "closing", "url": "https://pay.example/1", "simulated": False}
MENU = {
    "items": [
        {"item": "IPA", "category": "Beer", "unit_cents": 6_00, "available": True, "modifiers": []},
        {"item": "Gin", "category": "Spirits", "unit_cents": 8_00, "available": True, "modifiers": ["neat"]},
    ]
}
PASSAGE = {"id": 7, "title": "Dogs", "text": "Dogs are welcome.", "source": "house.md", "sure": False}


@dataclass(frozen=True)
class Example:
    """`row` without its kind."""

    row: dict[str, Any]
    english: str
    spanish: str


EXAMPLES: dict[str, Example] = {
    "added": Example(LINE, "Two IPAs at $6.00 each, $12.00.", "Dos IPA a $6.00 la unidad, $12.00."),
    "changed": Example(
        {**LINE, "before": {**LINE, "quantity": 1, "cents": 6_00}},
        "Now it's two IPAs at $6.00 each, $12.00.",
        "Ahora es dos IPA a $6.00 la unidad, $12.00.",
    ),
    "removed": Example(LINE, "I took two IPAs off your tab.", "He quitado dos IPA de tu cuenta."),
    "cleared": Example(
        {"units": 2, "left": 0}, "Your tab is clear again.", "Tu cuenta vuelve a estar vacía."
    ),
    "order": Example(
        {"lines": [{"line": 1, "item": "IPA", "quantity": 2, "modifiers": []}]},
        "You have two IPAs.",
        "Tienes dos IPA.",
    ),
    "why": Example(
        {**LINE, "origin": "words", "time": "20:14", "words": "two ipas", "fewer": 1},
        "Two IPAs: you asked me for that at 20:14. You said: “two ipas”. 1 was taken off since. $6.00 each, "
        "by the menu.",
        "Dos IPA: me lo pediste a las 20:14. Dijiste: “two ipas”. Desde entonces se ha quitado 1. $6.00 cada "
        "uno, según la carta.",
    ),
    "wait": Example(
        {"status": "new", "minutes": 6, "ahead": 2},
        "Your order is with the bar, and nobody has begun it yet. 2 orders are before it. About 6 minutes, I "
        "think.",
        "Tu pedido está en la barra, y todavía no lo ha empezado nadie. Hay 2 pedidos antes. Unos 6 minutos, "
        "creo.",
    ),
    "sent": Example(
        {"lines": [LINE, WHISKEY], "held": False},
        "Two IPAs and one Whiskey (neat): that's with the bar now.",
        "Dos IPA y un Whiskey (solo): ya está en la barra.",
    ),
    "bill": Example(
        BILL,
        "Your tab comes to $24.00, 20% tip, $4.00 included.",
        "Tu cuenta asciende a $24.00, propina del 20%, $4.00 incluida.",
    ),
    "balance": Example(
        {"balance_cents": 976_00},
        "You have $976.00 of your play money left.",
        "Te quedan $976.00 de tu dinero de juego.",
    ),
    "tip": Example(
        BILL,
        "Right now there's 20% tip, $4.00 on the tab.",
        "Ahora mismo la cuenta lleva propina del 20%, $4.00.",
    ),
    "tip_set": Example(
        BILL,
        "Thank you: 20% tip, $4.00. That makes $24.00.",
        "Gracias: propina del 20%, $4.00. En total son $24.00.",
    ),
    "opening_times": Example(
        {
            "is_known": True,
            "orders_end_at": "2026-11-08T02:00:00+00:00",
            "day": "2026-11-08",
            "spans": [["17:00", "02:00"]],
        },
        "On Sunday, November 8, we are open from 17:00 to 02:00.",
        "El domingo 8 de noviembre abrimos de 17:00 a 02:00.",
    ),
    "proposed": Example(
        {**BILL, "sent_units": 2},
        "What was not sent yet goes to the bar now. That's $24.00, 20% tip, $4.00 included. "
        "Shall I make you the link to pay it?",
        "Lo que faltaba por enviar va ahora a la barra. Son $24.00, propina del 20%, $4.00 incluida. ¿Te "
        "preparo el enlace para pagar?",
    ),
    "nothing_due": Example(
        {**BILL, "status": "paid", "due_cents": 0},
        "There is nothing to pay: it is all on the house, and your tab is closed.",
        "No hay nada que pagar: invita la casa, y tu cuenta está cerrada.",
    ),
    "payment": Example(
        {**BILL, "payment": "link_open"},
        "It isn't paid yet: the link is waiting for you.",
        "Todavía no está pagada: el enlace te espera.",
    ),
    "link": Example(PAYING, "Here is your link to pay $24.00.", "Aquí tienes tu enlace para pagar $24.00."),
    "reopened": Example(
        PAYING,
        "Of course, your tab is open again. Take your time.",
        "Por supuesto, tu cuenta vuelve a estar abierta. Tómate tu tiempo.",
    ),
    "menu": Example(MENU, "IPA $6.00 and Gin $8.00.", "IPA $6.00 y Gin $8.00."),
    "recommended": Example(MENU, "I'd suggest IPA $6.00 and Gin $8.00.", "Te sugiero IPA $6.00 y Gin $8.00."),
    "recalled": Example(
        {"passages": [PASSAGE]}, "I have no note on that.", "No tengo ninguna nota sobre eso."
    ),
    "remembered": Example({}, "I'll remember your usual.", "Recordaré lo de siempre."),
    "forgotten": Example({}, "I don't keep your usual any more.", "No guardo nada de lo de siempre."),
    "allergies": Example(
        {"names": ["nuts"], "doubtful": ["Mai Tai"]},
        "I have noted nuts: whatever has it, or may have it, I leave to a person. "
        "Mai Tai won't go to the bar before somebody there has said yes. You can take that back on the page.",
        "He anotado frutos secos: lo que lo lleve, o pueda llevarlo, se lo dejo a una persona. Mai Tai no "
        "irá a la barra antes de que alguien allí diga que sí. Puedes deshacerlo en la página.",
    ),
    "age": Example(
        {"state": "declared", "check": "none"},
        "Thank you for telling me. What may I pour you?",
        "Gracias por decírmelo. ¿Qué te sirvo?",
    ),
    "unknown_allergy": Example(
        {},
        "I have noted that there is an allergy, but I have no facts about that one: please drink nothing "
        "before a person behind the bar has said yes to it. I have called one.",
        "He anotado que hay una alergia, pero de esa no tengo datos: por favor, no bebas nada antes de "
        "que una persona de la barra te diga que sí. Ya la he llamado.",
    ),
    "caution": Example(
        {"cautions": ["driving"]},
        "Thank you for telling me. I won't offer you alcohol, then; I have plenty of good drinks without it.",
        "Gracias por decírmelo. Entonces no te ofreceré alcohol; sin alcohol tengo cosas muy buenas.",
    ),
    "an_ai": Example(
        {},
        "I'm an AI: Maya, this bar's bartender, not a human. If you would rather have a person, say so, "
        "and I'll call one.",
        "Soy una IA: Maya, la camarera de este bar, y no una persona. Si prefieres hablar con una "
        "persona, dímelo y la llamo.",
    ),
    "called": Example(
        {},
        "I have called the people behind the bar: somebody will come to you.",
        "He avisado en la barra: una persona vendrá a verte.",
    ),
    "called_discreetly": Example(
        {},
        "I have passed that on to the people behind the bar. Somebody will look in.",
        "Se lo he dicho a la gente de la barra. Alguien se acercará.",
    ),
    "complained": Example(
        {},
        "I'm sorry. I have written that down and put it before the people behind the bar: somebody will "
        "come and put it right with you.",
        "Lo siento. Lo he apuntado y ya lo sabe la gente de la barra: alguien vendrá a arreglarlo contigo.",
    ),
    "refused": Example(
        {"error": "LineLimit", "limit": 12}, "That was not possible.", "Eso no ha sido posible."
    ),
}
