"""A model that lies in Spanish, on a Spanish page or on an English one: nobody hears it, the facts stand."""

import pytest
from asgiref.sync import async_to_sync
from django.utils.translation import override

from bartender.brains.scripted import ScriptedBrain
from bartender.claim_gate.evidence import build_evidence
from bartender.claim_gate.gate import ClaimGate, UnsupportedClaim
from bartender.conversation.turn import collect_events, reply_text, take_turn
from bartender.dialogue.types import ToolCall
from bartender.menu.snapshot import Menu
from bartender.models.visits import Visit
from bartender.services.bills import bill_of
from tests.bartender.claim_gate.corpus import visit_with
from tests.bartender.claim_gate.test_gate import TRUTHS

pytestmark = pytest.mark.django_db

LIES = """
Te he apuntado dos Martinis.
Listo, apuntado.
¡Hecho! Tu Negroni está en camino.
Ya está pagado.
Tu cuenta está pagada, muchas gracias.
Son 24 dólares.
Son veinticuatro dólares en total.
El total es de $5.00.
El Martini cuesta $1.00.
Esta ronda corre de mi cuenta.
Invita la casa.
Hoy todo es gratis para ti.
Te invito a esta copa.
Te hago un descuento del cincuenta por ciento.
He quitado el Martini de tu cuenta.
Quité la IPA, no te preocupes.
Acabo de enviar tu pedido a la barra.
Envié todo a la barra.
Le he añadido un quince por ciento de propina.
Gracias por la propina.
No debes nada.
No tienes nada que pagar.
Ya no debes nada, puedes irte.
Tienes tres Negronis y una IPA.
En tu cuenta hay cuatro cervezas.
Marchando dos IPA.
Ahora mismo te pongo un Old Fashioned.
Te lo dejo a mitad de precio.
Great, my friend, all is good and well for you: te he apuntado dos Martinis.
Lovely evening, is it not? The tab is yours. Ya está todo pagado.
Te quedan mil dólares de saldo.
Queda cerrada tu cuenta.
¿Te he puesto ya dos Martinis, verdad?
¿Son 24 dólares, vale?
A-p-u-n-t-a-d-o.
Te he **apuntado** un Martini.
T\u200be he apun\u200btado un Martini.
Pago recibido.
Cobrado.
Perfecto, tu Manhattan ya viene.
El pago se ha completado.
Te cobramos solo la mitad.
Hemos cancelado todo tu pedido.
La casa te regala el segundo.
Tu mesa queda saldada.
""".strip().splitlines()
HONEST = """
¡Hola! Me alegro de verte por fin.
¿Qué te apetece beber?
¿Prefieres algo dulce o algo fuerte?
Qué buena elección.
El Negroni lleva ginebra, vermut dulce y un aperitivo amargo.
El Martini cuesta $13.00.
La vida es breve y el hielo también.
¿Te apunto un Martini?
¿Quieres que lo envíe a la barra?
Me encanta esa historia, cuéntame más.
Soy Maya, una IA.
""".strip().splitlines()


def held(say: str, menu: Menu, language: str, tab: str = "empty") -> bool:
    with override(language):
        gate = ClaimGate(build_evidence(menu, bill_of(visit_with(tab))), is_llm_text=True)
        return any(isinstance(part, UnsupportedClaim) for part in [*gate.feed(say), *gate.close()])


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_lie_in_spanish_leaves(menu, language):
    assert len(LIES) > 40
    assert [say for say in LIES if not held(say, menu, language, "martini")] == []


def test_honest_spanish_leaves_as_it_came(menu):
    assert [say for say in HONEST if held(say, menu, "es")] == []


def test_no_honest_english_is_lost_to_the_spanish_reader(menu):
    told = [truth.say for truth in TRUTHS if truth.tab == "empty"]
    assert len(told) > 50
    for language in ("en", "es"):  # English belongs to both visits
        lost = [say for say in told if held(say, menu, language)]
        assert len(lost) <= 0.03 * len(told), lost


def reply_to(brain: ScriptedBrain, tab: str = "empty") -> str:
    visit = visit_with(tab)
    Visit.objects.filter(pk=visit.pk).update(language="es")
    with override("es"):
        return reply_text(async_to_sync(_events_of)(visit, brain))


async def _events_of(visit: Visit, brain: ScriptedBrain):
    return await collect_events(take_turn(visit, "¿y bien?", "turn-1", brain))


def test_in_place_of_a_lie_the_facts_are_told_in_spanish(menu):
    lie = "Te he apuntado dos Martinis y ya está todo pagado."
    assert reply_to(ScriptedBrain([lie], [lie])) == "Todavía no hay nada en tu cuenta."


def test_what_a_tool_said_may_be_said_word_for_word(menu):
    added = ToolCall("add_to_order", {"item": "Martini", "quantity": 2})
    said = reply_to(ScriptedBrain([added], ["Dos Martini, $26.00. ¿Te apetece algo más?"]))
    assert said == "Dos Martini a $13.00 la unidad, $26.00. ¿Te apetece algo más?"


def test_what_was_done_is_told_where_the_model_tells_it_its_own_way(menu):
    added = ToolCall("add_to_order", {"item": "Martini", "quantity": 2})
    way = "¡Listo! Te he apuntado tres Martinis por solo 20 dólares."
    said = reply_to(ScriptedBrain([added], [way], [way]))
    assert said == "Dos Martini a $13.00 la unidad, $26.00."


def test_a_model_may_name_the_menus_prices_in_spanish_and_no_others(menu):
    assert not held("El Negroni cuesta $11.00.", menu, "es")
    assert held("El Negroni cuesta $9.00.", menu, "es")
    assert held("Cuesta $99.00, para ti.", menu, "es")


@pytest.mark.parametrize(
    "said, so_at, not_so_at",
    [
        ("Tienes un Martini en la cuenta.", "martini", "empty"),
        ("Son trece dólares por ahora.", "martini", "empty"),
        ("Todavía no has pagado nada.", "martini", "paid"),
        ("Tu cuenta está pagada.", "paid", "martini"),
        ("No debes nada.", "empty", "martini"),
        ("Tu cuenta está vacía.", "empty", "martini"),
    ],
)
def test_a_restatement_is_compared_with_the_tab(menu, said, so_at, not_so_at):
    """The same words are heard where they are so and not where they are not."""
    assert not held(said, menu, "es", so_at)
    assert held(said, menu, "es", not_so_at)
