"""The closed classes of words that change what a sentence says of its number, in the large languages.

Nouns and verbs are without number; the words here are not: a language has a few dozen that deny, suppose,
oppose, offer a choice or doubt, and gains none in a lifetime. What a sentence says is understood only where
it has none of them in a place where they count (:mod:`verirs.math.extracting.beside`).
"""

from __future__ import annotations

from verirs.math.values import words

DENIALS = words(
    "not no never none nothing nobody nowhere neither nor cannot hardly barely scarcely rarely seldom "
    "nicht kein keine keinen nie niemals nichts weder pas jamais aucun aucune rien ni tampoco nunca "
    "ningún ninguno não nem nenhum mai nessun nessuno niet geen nooit nie нет не ни никогда"
)
CONDITIONS = words(
    "if unless depending provided providing assuming supposing suppose supposed whether until till lest "
    "wenn falls "
    "sofern "
    "angenommen si sauf pourvu supposant salvo siempre suponiendo caso exceto supondo purché supponendo "
    "mits tenzij indien если пока при условии"
)
CONTRASTS = words(
    "but however although though albeit yet whereas except excepting excluding besides despite "
    "notwithstanding "
    "nevertheless nonetheless instead rather aber jedoch allerdings doch obwohl sondern außer statt mais "
    "cependant toutefois pourtant quoique malgré sauf excepto pero sino aunque embargo excepto mas "
    "porém contudo embora entretanto però tuttavia sebbene benché tranne maar echter hoewel behalve "
    "но однако хотя кроме зато"
)
ALTERNATIVES = words(
    "or either else otherwise alternatively alternative oder entweder sonst ou soit sinon "
    "oppure altrimenti anders или либо иначе"
)
MODALS = words(
    "would could might may should must ought shall könnte könnten dürfte müsste würde würden wäre sollte "
    "pourrait devrait serait podría debería sería habría poderia deveria seria potrebbe dovrebbe sarebbe "
    "zou kon может мог могло бы должно"
)
DOUBTS = words(
    "maybe perhaps possibly probably presumably supposedly allegedly apparently seemingly likely unlikely "
    "almost nearly roughly arguably hopefully ostensibly reportedly conceivably theoretically "
    "vielleicht möglicherweise vermutlich eventuell angeblich beinahe ungefähr "
    "peut-être peut probablement presque quizás quizá acaso quizas probablemente casi talvez "
    "provavelmente quase forse probabilmente quasi misschien waarschijnlijk bijna "
    "возможно наверное вероятно почти"
)
THINKS = words(
    "thinks believes assumes supposes suspects reckons guesses claims imagines hopes insists fears doubts "
    "thought believed assumed supposed suspected reckoned guessed claimed imagined hoped insisted feared"
)
"""What somebody does whose number is no statement of the text."""
SPEAKERS = words(
    "i i'm i'd i'll i've me my mine myself we we're we'd we'll we've us our ours you your yours you'd"
)
"""Who speaks or is spoken to: a sentence with one of them is no longer about the problem's world."""
POINTERS = words(
    "another some any this that these those it its which what something anything everything "
    "someone anyone such"
)
BE = words("is are was were be been being am isn't aren't wasn't weren't")
AUXILIARIES = BE | words("has have had do does did having doing can will")
COMPARISONS = words(
    "less fewer plus minus modulo mod "
    "más menos mehr weniger moins mas più meno больше меньше than as like unlike "
    "versus vs according compared over under above below beyond"
)
LINKS = words("who whom whose where when while because since so then therefore thus hence once")
DESCRIBING = words(
    "a an the of in for from to with per each every all both his her their its and on at by during after "
    "before "
    "more left total one two three four five six seven eight nine ten into onto through across within around "
    "between among around off out up down back away together apart only just exactly altogether"
)
"""The function words of a plain description of what is counted: "apples in each of the bags"."""
TELLING = DESCRIBING | words(
    "who that have has had be been being he she they them him while when into up over"
)
"""Those of a longer one, behind a noun: "pupils who like yellow", "pieces left to be placed"."""
PRONOUNS = words("he she they him them himself herself themselves it")
FUNCTION = (
    DENIALS | CONDITIONS | CONTRASTS | ALTERNATIVES | MODALS | DOUBTS | SPEAKERS | POINTERS | AUXILIARIES |
    COMPARISONS
    | LINKS | DESCRIBING | PRONOUNS
)  # fmt: skip
NO_NOUNS = FUNCTION - words("total left more apart together one two three four five six seven eight nine ten")
"""What ends a clause that is no noun phrase."""
FOREIGN_NOUNS = words(
    "antwort ergebnis lösung réponse reponse résultat respuesta resultado solución risposta "
    "risultato soluzione "
    "resposta solução antwoord odpowiedź odpověď wynik cevap yanıt jawaban jawapan svar "
    "vastaus válasz răspuns jibu"
)
"""What an answer is called in the large languages with Latin letters."""
LIMITS = CONDITIONS | CONTRASTS | DOUBTS
"""What is never said beside an answer that holds."""
UNSPACED = (
    "前提",
    "只要",
    "仅",
    *(
        "不是",
        "并非",
        "没有",
        "不对",
        "不会",
        "如果",
        "若",
        "假如",
        "假设",
        "但",
        "然而",
        "不过",
        "可是",
        "或",
        "可能",
        "也许",
    ),
    *(
        "大概",
        "除非",
        "虽然",
        "尽管",
        "除了",
        "而是",
        "上界",
        "下界",
        "错",
        "しかし",
        "ただし",
        "もし",
        "なら",
        "かもしれ",
        "ない",
    ),
    *(
        "または",
        "あるいは",
        "けど",
        "けれど",
        "하지만",
        "그러나",
        "만약",
        "아니",
        "또는",
        "혹은",
        "아마",
        "지만",
        "면",
    ),
)
"""The same in languages that write no space between words; each is looked for inside."""
FACTORS = words("times fois mal veces vezes volte раза раз keer gånger krat fold")
"""A word that multiplies, where anything but the end follows it: "12 times the radius"."""
UNSPACED_SPEECH = (*"这那该此我你您", "これ", "それ", "この", "その", "私", "이것", "저는", "내가")
"""Who speaks and what is pointed at, in the same languages."""
MAX_UNSPACED = 14
