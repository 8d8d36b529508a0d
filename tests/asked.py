"""What the named questions are asked in tests."""

#: Parameter values for every question, beside its defaults. Years that the real files have, and years they don't.
VALUES = {
    "activity-by-type": [{"from": "2018"}, {"until": "2000-01-01"}, {"from": "2009-08", "until": "2009-10"}, {"from": "2100"}],
    "dyad-timeline": [
        {"b": "Poland"},
        {"a": "Dmitry Medvedev", "b": "Barack Obama"},
        {"a": "Obama", "b": "Medvedev"},
        {"a": "North Korea", "b": "South Korea"},
        {"a": "USA", "b": "USA"},
        {"a": "China", "b": "Japan", "from": "2014-03", "until": "2014-05"},
        {"a": "nobody at all", "b": "RUS"},
    ],
    "dyad-timeline-of-states": [
        {"a": "Poland"},
        {"a": "Citizen (Thailand)", "b": "Thailand"},
        {"a": "USA", "b": "USA", "from": "2018-01-01", "until": "2018-02-01"},
        {"a": "China", "b": "Japan"},
        {"a": "NATO", "b": "RUS"},
        {"a": "nobody at all", "b": "RUS"},
    ],
    "facts-at": [{"at": "2009-09-17"}, {"at": "2008"}, {"at": "2018-06-01"}, {"at": "2015-07-29"}, {"at": "1 January 2100"}],
    "facts-between": [
        {"from": "2008-08", "until": "2009"},
        {"from": "2016-07-01", "until": "2016-08-01"},
        {"from": "2017-12-20", "until": "2017-12-31"},
        {"from": "2014-02-27", "until": "2014-03-01"},
        {"from": "1979", "until": "1983"},
    ],
    "partners": [
        {"actor": "Russia", "limit": "5"},
        {"actor": "NATO"},
        {"actor": "Citizen (Thailand)", "limit": "3"},
        {"actor": "Germany", "from": "2018-06-01", "until": "2018-06-02"},
        {"actor": "nobody at all"},
        {"actor": "POLICE", "limit": "1000"},
        {"limit": "0"},
    ],
    "partners-of-states": [
        {"actor": "Russia", "limit": "5"},
        {"actor": "NATO"},
        {"actor": "Citizen (Thailand)", "limit": "1000"},
        {"actor": "Thailand", "limit": "1000"},
        {"actor": "Germany", "from": "2018-06-01", "until": "2018-06-02"},
        {"actor": "nobody at all"},
    ],
    "common-targets": [{"a": "Russia", "b": "USA"}, {"a": "China", "b": "Germany", "from": "2000", "until": "2015", "limit": "3"}],
    "embassies-at": [{"state": "Russia", "at": "2000"}, {"state": "USA", "at": "1950-06"}],
    "enemy-of-my-enemy": [
        {"actor": "USA", "from": "2000", "until": "2019", "least": "2", "limit": "50"},
        {"actor": "Russia", "until": "2020"},
        {"actor": "nobody at all"},
    ],
    "escalation-chains": [
        {"a": "USA", "b": "Russia", "from": "1990", "until": "2024", "days": "900"},
        {"a": "USA", "b": "China", "from": "1990", "until": "2024", "days": "2000", "limit": "7"},
        {"a": "USA", "b": "USA", "from": "1990", "until": "2024"},
    ],
    "first-and-last-contact": [{"actor": "USA", "limit": "500"}, {"actor": "NATO", "from": "2009-06", "until": "2018-07"}],
    "mediators": [{"a": "USA", "b": "China", "limit": "200"}, {"a": "Ukraine", "b": "Russia", "from": "2000", "until": "2010"}],
    "members-at": [{"at": "1999-03-11"}, {"of": "CIS", "at": "2009-08-17"}],
    "monthly-balance": [{"a": "USA"}, {"a": "Russia", "b": "China", "from": "2001-03-02"}, {"a": "USA", "b": "USA"}],
    "most-disputed": [{"from": "1990", "until": "2024", "limit": "100"}, {"from": "2018-06-01", "until": "2018-06-02"}],
    "newcomers": [{"from": "2018", "until": "2019", "limit": "1000"}, {"from": "1990", "until": "2010-02", "limit": "10000"}],
    "office-holders-at": [{"of": "Russia", "at": "2009"}, {"of": "NATO", "at": "2009-07-31"}, {"of": "USA", "at": "1950"}],
    "paths-at": [
        {"a": "USA", "b": "China", "at": "1990", "limit": "5000"},
        {"a": "Germany", "b": "Georgia", "at": "2009-01-01", "limit": "500"},
        {"a": "RUS", "b": "GEO", "at": "2008-08-10"},
        {"a": "USA", "b": "USA"},
        {"a": "nobody at all", "b": "RUS"},
    ],
    "reciprocity": [{"actor": "USA", "limit": "500"}, {"actor": "POLICE", "from": "2018"}, {"actor": "China", "limit": "1"}],
    "relations-at": [{"actor": "USA", "at": "2020"}, {"actor": "Georgia", "at": "2008-08-12"}, {"actor": "NATO", "at": "1960"}],
    "relations-between": [{"a": "GEO", "b": "RUS", "at": "2008-08-13"}, {"a": "USA", "b": "CHN", "at": "2000"}, {"a": "USA", "b": "USA"}],
    "sanctions-in-force": [{"at": "2016-01-16"}, {"at": "2016-01-17"}, {"at": "1900"}],
    "silence": [
        {"actor": "USA", "at": "2018-06-30", "months": "1", "limit": "5000"},
        {"actor": "Russia", "at": "2020-02-29", "months": "30", "limit": "100"},
        {"actor": "USA", "at": "1990"},
    ],
    "turning-points": [{"a": "USA"}, {"a": "USA", "b": "China", "least": "3"}, {"a": "USA", "b": "USA"}],
    "who-sided-with-whom": [
        {"actor": "USA", "from": "1995", "until": "2020", "days": "200", "limit": "500"},
        {"actor": "Russia", "from": "2008", "until": "2019", "days": "0"},
        {"actor": "NATO", "from": "2009-09", "until": "2009-10"},
        {"actor": "nobody at all"},
    ],
    "witnesses-of": [{"fact": "no such fact"}, {"fact": "' OR 1=1"}],
}
#: The same for ICEWS14, the year 2014, on every store; each gives rows.
YEAR = {
}
