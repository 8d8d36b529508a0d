"""Actor dictionaries of TABARI and PETRARCH: what is read, what is refused, and that the real ones are read to the last line."""

import datetime as dt
import re

import pytest

from kg.errors import InputError
from kg.readers.dictionaries import Agent, Entry, Rejected, Role, read_dictionary, shown

day = dt.date.fromisoformat


@pytest.fixture
def read(write):
    return lambda text: read_dictionary(write("some.actors.txt", text))


def roles(read, codes):
    """The roles of an entry with the line of codes given; nothing else may come of it."""
    found = read(f"SOMEBODY_\n\t{codes}\n")
    assert len(found.entries) == 1 and not found.agents and not found.rejected
    return list(found.entries[0].roles)


def refused(read, codes):
    """Why a line of codes is rejected; the entry's other code stays."""
    found = read(f"SOMEBODY_\n\t{codes}\n\t[USA]\n")
    assert [entry.roles for entry in found.entries] == [(Role("USA", None, None),)]
    ((line, reason, text),) = found.rejected
    assert (line, text) == (2, f"\t{codes}")
    return reason


def test_an_entry_with_synonyms_and_roles(read):
    found = read(
        "# comment\n\nVLADIMIR_PUTIN_  ; CountryInfo.txt\n+PUTIN\n+PRESIDENT_PUTIN_\n"
        "\t[RUSELI 750101-990809]\n\t[RUSGOV 19991231-080507] # two forms of dates\n\t[RUSELI]\n\nFRANCE_  [FRA]\n+FRENCH_ \n"
    )
    assert found.entries == [
        Entry(
            "Vladimir Putin",
            ("Putin", "President Putin"),
            (
                Role("RUSELI", day("1975-01-01"), day("1999-08-10")),
                Role("RUSGOV", day("1999-12-31"), day("2008-05-08")),
                Role("RUSELI", None, None),
            ),
            3,
        ),
        Entry("France", ("French",), (Role("FRA", None, None),), 10),
    ]
    assert not found.agents and not found.rejected


@pytest.mark.parametrize(
    ("codes", "start", "until"),
    [
        ("[USA 991231-000101]", "1999-12-31", "2000-01-02"),
        ("[USA 110407-110407]", "2011-04-07", "2011-04-08"),
        ("[USA <971201]", None, "1997-12-02"),
        ("[USA >620703]", "1962-07-03", None),
        ("[USA > 20140607]", "2014-06-07", None),
        ("[USA 20050101 - 080228 ]", "2005-01-01", "2008-02-29"),
        ("[USA >000229]", "2000-02-29", None),
        ("[USA >301231]", "2030-12-31", None),
        ("[USA >310101]", "1931-01-01", None),
        ("[USA >18950704]", "1895-07-04", None),
    ],
)
def test_days_are_half_open_and_years_turn_after_30(read, codes, start, until):
    assert roles(read, codes) == [Role("USA", start and day(start), until and day(until))]


def test_codes_of_one_line_and_the_null_code(read):
    assert roles(read, "[IGOUNO 820101-911231] [NGOCHRPRO214]\t[---] ;note; more") == [
        Role("IGOUNO", day("1982-01-01"), day("1992-01-01")),
        Role("NGOCHRPRO214", None, None),
        Role("---", None, None),
    ]


def test_comments(read):
    found = read(
        "<!-- the\nhead [USA] --> \nA_#x [USA]\n+B;C_ ;[USA]\n;; D [USA]\n\t[FRA];[USA]\n\t#[USA]\n"
        " <!-- x -->E [<!--y-->FRA]\n<!-- F [FRA]"
    )
    fra = (Role("FRA", None, None),)
    assert found.entries == [Entry("A", ("B;C",), fra, 3), Entry("E", (), fra, 8)]
    assert found.rejected == [Rejected(9, "a comment is not closed", "<!-- F [FRA]")]


def test_line_ends_and_a_byte_order_mark(read):
    assert read("\ufeffA_\r\n\t[USA]\r\rB [FRA]") == read("A_\n\t[USA]\n\nB [FRA]")
    assert [entry.line for entry in read("A_\r\n\t[USA]\r\n\r\nB [FRA]").entries] == [1, 4]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("COTE_D'IVOIRE_", "Cote D'Ivoire"),
        ("PEOPLE'S_BANK_OF_CHINA__", "People's Bank of China"),
        ("THE_BAHAMAS_", "The Bahamas"),
        ("U.N._SECRETARY-GENERAL", "U.N. Secretary-General"),
        ("CARL_XVI_GUSTAF", "Carl XVI Gustaf"),
        ("PRESIDENT_XI_", "President Xi"),
        ("VI_DINH", "Vi Dinh"),
        ("2ND_OF_JUNE_MOVEMENT", "2nd of June Movement"),
        ("F-7MG", "F-7MG"),
        ("DOS_SANTOS__\"NANDO\"_", 'Dos Santos "Nando"'),
        ("OSMAN_OLCAY\t_TURKEY_", "Osman Olcay Turkey"),
        ("ERDOĞAN", "Erdoğan"),
        ("US_PREsident George Bush", "US PREsident George Bush"),
        ("+380", "+380"),
    ],
)  # fmt: skip
def test_names_for_people(written, name):
    assert shown(written) == name


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        ("[USA 991301-991401]", "date 991301 is no day of the calendar"),
        ("[USA 990101-990231]", "date 990231 is no day of the calendar"),
        ("[USA <17041975]", "date 17041975 is no day of the calendar"),
        ("[USA >00000101]", "date 00000101 is no day of the calendar"),
        ("[USA <99991231]", "date 99991231 is a placeholder"),
        ("[USA 9008223-911221]", "date 9008223 has neither 6 nor 8 digits"),
        ("[USA >201005011]", "date 201005011 has neither 6 nor 8 digits"),
        ("[USA 20121207-20120802]", "20121207-20120802 ends before it begins"),
        ("[USA 20121204]", "from 20121204 on, or until then? A date alone needs > or <"),
        ("[USA >990101-990201]", "a span has no >: [USA >990101-990201]"),
        ("[USA 990101-]", "not a code, or not one with dates: [USA 990101-]"),
        ("[USA >٢٠١٤٠١٠١]", "not a code, or not one with dates: [USA >٢٠١٤٠١٠١]"),
        ("[usa]", "not a code, or not one with dates: [usa]"),
        ("[ >990101]", "not a code, or not one with dates: [ >990101]"),
        ("[]", "the code is empty"),
        ("[  ]", "the code is empty"),
        ("[USA >990101", "a bracket is not closed"),
        ("[FRA] [", "a bracket is not closed"),
        ("[FRA [GOV]]", "text beside the codes that is no comment"),
        ("[FRA] Antilles", "text beside the codes that is no comment"),
        ("[FRA] [USA 991301-991401]", "date 991301 is no day of the calendar"),
    ],
)
def test_bad_codes_are_rejected(read, codes, reason):
    assert refused(read, codes) == reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("+", "there is no name"),
        ("+__ ", "there is no name"),
        ("+FAEROYENE]_ ", "the name has a stray ]"),
        ("+TIRUCHIR\0PPALLI_ ", "a letter of the name was lost: U+0000"),
        ("+Z\x1aROUAL_", "a letter of the name was lost: U+001A"),
        ("+COTE_D\ufffdIVOIRE_", "a letter of the name was lost: U+FFFD"),
        ("+FRENCH_ [FRA]", "the name has a stray ["),
    ],
)
def test_bad_synonyms_are_rejected_alone(read, line, reason):
    found = read(f"FRANCE_\n{line}\n+GAUL\n\t[FRA]\n")
    assert found.entries == [Entry("France", ("Gaul",), (Role("FRA", None, None),), 1)]
    assert found.rejected == [Rejected(2, reason, line)]


def test_what_follows_a_rejected_name_is_rejected_with_it(read):
    found = read("\t[USA]\n+US\nZ\x1aR [DZA]\n+ZR\n\t[DZAGOV]\n_ [USA]\nB [USA 991301-991401]\n+C\nD [USA]\n")
    lost = "no name before it, or one that was rejected"
    assert [entry.name for entry in found.entries] == ["D"]
    assert [(line, reason) for line, reason, _ in found.rejected] == [
        (1, lost),
        (2, lost),
        (3, "a letter of the name was lost: U+001A"),
        (4, lost),
        (5, lost),
        (6, "there is no name"),
        (7, "date 991301 is no day of the calendar"),
        (8, lost),
    ]


def test_names_that_no_code_says_anything_of_are_rejected(read):
    found = read("A_\n+A2\nB_\nC_\n\t[USA]\nD_\n+D2\n\t[]\n\nE")
    assert [(entry.name, entry.synonyms) for entry in found.entries] == [("C", ())]
    assert found.rejected == [
        (1, "no code follows the name", "A_"),
        (2, "its name was rejected", "+A2"),
        (3, "no code follows the name", "B_"),
        (6, "none of its codes can be read", "D_"),
        (7, "its name was rejected", "+D2"),
        (8, "the code is empty", "\t[]"),
        (10, "no code follows the name", "E"),
    ]


def test_agents(read):
    found = read(
        "!PERSON! = MAN, MEN,WOMAN\n!MINIST! = MINISTER, MINISTRY\n"
        "FARMER [~AGR]\nMILITARY_POLICE {} [~MILCOP] # none\nCOUNCIL_OF_JUDGES {COUNCILS_OF_JUDGES }[~JUD]\nOBSERVERS_IN [IGO~]\n"
        "CATTLE!PERSON! [~AGR]\n!MINIST! FOR_ YOUTH_AND_SPORTS  [~GOV]\n"
    )
    assert found.agents == [
        Agent("Farmer", None, "~AGR", 3),
        Agent("Military Police", "", "~MILCOP", 4),
        Agent("Council of Judges", "Councils of Judges", "~JUD", 5),
        Agent("Observers In", None, "IGO~", 6),
        Agent("Cattleman", "", "~AGR", 7),
        Agent("Cattlemen", "", "~AGR", 7),
        Agent("Cattlewoman", "", "~AGR", 7),
        Agent("Minister for Youth and Sports", "", "~GOV", 8),
        Agent("Ministry for Youth and Sports", "", "~GOV", 8),
    ]
    assert not found.entries and not found.rejected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("FARMER [~ENV}", "a bracket is not closed"),
        ("FARMER [~]", "not the code of an agent: [~]"),
        ("FARMER [~GOV~]", "not the code of an agent: [~GOV~]"),
        ("FARMER [~GOV >990101]", "not the code of an agent: [~GOV >990101]"),
        ("FARMER [~GOV] [~AGR]", "not the code of an agent: [~GOV] [~AGR]"),
        ("{} [~GOV]", "there is no name"),
        ("FARMER {FARMERS [~AGR]", "a brace is not closed, or there is text behind it"),
        ("FARMER {} X [~AGR]", "a brace is not closed, or there is text behind it"),
        ("FARM!PERSON! [~AGR]", "no line before it says what !PERSON! is"),
        ("FARM!PERSON [~AGR]", "a macro is not closed"),
        ("!A! OF_AD!A!RATION [~GOV]", "more than one macro in a name"),
        ("!B! = MAN,,MEN", "the macro !B! has an empty word"),
        ("!B! =", "the macro !B! has an empty word"),
        ("FARMER", "no code follows the name"),
    ],
)
def test_bad_lines_of_agents_are_rejected(read, line, reason):
    found = read(f"!A! = MAN\n{line}\nBAKER [~BUS]\n")
    assert found.agents == [Agent("Baker", None, "~BUS", 3)] and not found.entries
    assert found.rejected == [Rejected(2, reason, line)]


def test_an_agent_ends_an_entry(read):
    found = read("FRANCE_ [FRA]\nBAKER [~BUS]\n\t[USA]\n")
    assert found.entries == [Entry("France", (), (Role("FRA", None, None),), 1)]
    assert [rejected.line for rejected in found.rejected] == [3]


def test_files_that_are_none(write, tmp_path):
    assert read_dictionary(write("empty.txt", "")) == ([], [], [])
    assert read_dictionary(str(write("comments.txt", "# nothing\n\n"))) == ([], [], [])
    for name, content, said in [
        ("utf16.txt", "A [USA]\n".encode("utf-16"), "NUL bytes"),
        ("latin.txt", "GÜL [TUR]\n".encode("latin-1"), "is not UTF-8: byte 0xdc at offset 1"),
        ("image.png", b"\x89PNG\r\n\x1a\n" + bytes(range(1, 200)), "is not UTF-8"),
    ]:
        with pytest.raises(InputError, match=said):
            read_dictionary(write(name, content))
    for path in (tmp_path, tmp_path / "missing.txt"):
        with pytest.raises(InputError, match="can't open"):
            read_dictionary(path)


#: Of each file: entries, synonyms, roles, those with dates, lines of agents, agents, and rejected lines by reason. The counts of
#: lines are those of grep and sed without comments, less the rejected ones, which were looked at one by one.
REAL = {
    "Phoenix.Countries.actors.txt": (18350, 7491, 28374, 26098, 0, 0, {
        "a letter of the name was lost": [745, 11234, 12159, 21078, 34471, 47826],
        "the name has a stray ]": [15346],
        "no name before it": [746, 747, 748, 12160, 12161, 12162],
        "date N has neither 6 nor 8 digits": [2039, 18009, 22508, 22519, 43614],
        "N-N ends before it begins": [14190],
        "from N on, or until then": [31715, 51385],
        "none of its codes": [18006],
        "no code follows": [11939, 11940, 39267, 39462, 39463, 39464, 39465, 39478, 39487, 39488, 39489, 39490, 39498, 39543,
                            39544, 39545, 39546, 39547, 39548, 39549, 39550, 39576, 43616, 45723, 45724, 45725, 45846, 50804,
                            50841, 50958, 50963, 50964, 50965, 50966, 50967, 51078],
        "its name was rejected": [18007, 18008, *range(39268, 39271), *range(39479, 39487), *range(39577, 39585), 50805, 50806,
                                  50842, 50843, *range(50959, 50963), *range(51079, 51082)],
    }),
    "Phoenix.International.actors.txt": (7820, 74, 7879, 452, 0, 0, {
        "no code follows": [20, 21, 441],
        "date N has neither 6 nor 8 digits": [41],
        "none of its codes": [7177, 7238, 12990],
        "text beside the codes": [7178, 7239, 12991],
        "a bracket is not closed": [11183],
        "the name has a stray ]": [11184],
    }),
    "Phoenix.MilNonState.actors.txt": (1000, 748, 1004, 4, 0, 0, {
        "no code follows": [1224, 1299, 2193],
        "its name was rejected": [1225, 1226, 1227, 1300, 1301, 1943, 1944, 1945],
        "none of its codes": [1942],
        "date N is no day of the calendar": [1946],
    }),
    "Phoenix.agents.txt": (0, 0, 0, 0, 2229, 3269, {
        "a bracket is not closed": [533],
        "more than one macro": [893, 914, 919, 1030, 1054, 1058],
        "no code follows": [1915],
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_real_dictionaries(shared_data, name):
    path = shared_data / "oeda_dictionaries" / name
    found = read_dictionary(path)
    *counts, reasons = REAL[name]
    held = [role for entry in found.entries for role in entry.roles]
    dated = [role for role in held if role.start or role.until]
    synonyms = sum(len(entry.synonyms) for entry in found.entries)
    assert [len(found.entries), synonyms, len(held), len(dated), len({a.line for a in found.agents}), len(found.agents)] == counts
    expected = sorted((line, reason) for reason, lines in reasons.items() for line in lines)
    for rejected, (line, reason) in zip(found.rejected, expected, strict=True):
        assert rejected.line == line and re.sub(r"\d{6,}", "N", rejected.reason).startswith(reason)
    # No bracket outside of comments is passed over: each is a role, or the code of an agent, or on a rejected line.
    lines = [re.sub("#.*", "", line) for line in path.read_text(encoding="utf-8").split("\n")]
    bad = {rejected.line for rejected in found.rejected}
    brackets = sum(line.count("[") for n, line in enumerate(lines, 1) if n not in bad)
    assert brackets == len(held) + len({agent.line for agent in found.agents})
    assert all(role.start < role.until for role in dated if role.start and role.until)


def test_real_roles(shared_data):
    folder = shared_data / "oeda_dictionaries"
    entries = {entry.line: entry for entry in read_dictionary(folder / "Phoenix.Countries.actors.txt").entries}
    assert entries[105] == Entry(
        "Mohammad Zahir Shah",
        (),
        (
            Role("AFGELI", day("1932-01-01"), day("1933-11-09")),
            Role("AFGGOV", day("1933-11-08"), day("1973-07-18")),
            Role("AFGELI", day("1973-07-17"), day("2007-07-24")),
        ),
        105,
    )
    assert entries[21125] == Entry("Indian Ocean", (), (Role("---", None, None),), 21125)
    assert entries[38844].roles == (Role("KRJUNR", day("1991-12-19"), day("1995-11-13")),)
    agents = read_dictionary(folder / "Phoenix.agents.txt").agents
    assert [agent.name for agent in agents if agent.line == 801] == ["Minister", "Ministers", "Ministry", "Ministries"]
