-- title: GDELT 2.0 mentions: further reports of events that were loaded before
-- dataset: gdelt-mentions
-- reads: table
-- widths: 14, 15, 16
-- names: GlobalEventID, EventTimeDate, MentionTimeDate, MentionType, MentionSourceName, MentionIdentifier, SentenceID, Actor1CharOffset, Actor2CharOffset, ActionCharOffset, InRawText, Confidence, MentionDocLen, MentionDocTone, MentionDocTranslationInfo, Extras
-- columns: GlobalEventID, MentionTimeDate, MentionIdentifier
-- optional: MentionType, MentionSourceName, SentenceID, Confidence
-- first: \d+
-- quote: auto
-- witnesses: gdelt
-- licence: free for any use with a citation and a link to the GDELT Project, https://www.gdeltproject.org/about.html#termsofuse
-- example: kg load 20180101000000.mentions.CSV
SELECT row,
       GlobalEventID AS "of",
       concat_ws(' ', GlobalEventID, MentionTimeDate, MentionIdentifier, SentenceID) AS native_id,
       MentionSourceName AS publisher,
       -- type 1 is a web page, whose identifier is its address
       CASE WHEN MentionType = '1' OR MentionIdentifier LIKE 'http%' THEN MentionIdentifier END AS url,
       Confidence AS score,
       'gdelt-confidence' AS score_scale,
       problem
FROM source
