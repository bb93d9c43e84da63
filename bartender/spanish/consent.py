"""The guest's own yes or no to a bill in Spanish, as narrow as the English ones."""

from __future__ import annotations

import re
import unicodedata

SPANISH_YES = (
    "si|si si|si claro|claro|claro que si|vale|de acuerdo|adelante|si adelante|hazlo|si hazlo|dale|"
    "confirmo|si confirmo|confirmado|correcto|si correcto|es correcto|exacto|eso es|perfecto|"
    "por supuesto|desde luego|esta bien|muy bien|bien|venga|si quiero|si preparalo|preparalo|"
    "prepara el enlace|si prepara el enlace|manda el enlace|si manda el enlace|hazme el enlace|"
    "si hazme el enlace|si pago|pago|pagar|si pagar|pagalo|si pagalo|cobralo|si cobralo|cobrame|"
    "si cobrame"
)
SPANISH_NOT_YET = (
    "todavia no|aun no|no todavia no|no aun no|no|no no|no gracias|espera|espere|no espera|un momento|"
    "espera un momento|un segundo|ahora no|no ahora no|de momento no|por ahora no|mejor no|no mejor no|"
    "cancela|cancelalo|cancela eso|olvidalo|dejalo|dejala abierta|deja la cuenta abierta|no la cierres|"
    "no cierres la cuenta|no cierres todavia|no pagues|no cobres|no cobres todavia|no me cobres todavia|"
    "para|luego|mas tarde|despues|quizas luego|he cambiado de idea|cambie de idea|nos quedamos|me quedo|"
    "no he terminado|no hemos terminado|abre la cuenta otra vez|vuelve a abrirla|"
    "vuelve a abrir la cuenta|reabre la cuenta|reabrela"
)
SPANISH_NOT_YET_ANYWHERE = re.compile(
    r"\b(?:todavia no|aun no|(?:deja|dejala|deja la cuenta|deja mi cuenta) abierta|nos quedamos|"
    r"me quedo (?:un|otro) rato|no (?:he|hemos) (?:terminado|acabado)|(?:he|hemos) cambiado de idea|"
    r"no (?:la )?cierres|no me cobres todavia)\b"
)
_COURTESIES = (
    r"(?:por favor|porfa|gracias|muchas gracias|maya|guapa|carino|oye|bueno|pues|ah|eh|entonces|ya|perdona|"
    r"perdon|lo siento)"
)


def normalize_spanish(text: str) -> str:
    """Lower case, no accents, no marks, and no courtesies around it."""
    bare = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(one for one in bare if not unicodedata.combining(one))
    words = " ".join(re.sub(r"[^a-z0-9$%]+", " ", bare).split())
    return re.sub(rf"^(?:{_COURTESIES} )+|(?: {_COURTESIES})+$", "", words)
