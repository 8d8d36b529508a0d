-- title: Lines of plain text, a date and a statement each ("2009-09-17 US scraps shield")
-- reads: lines
-- line: \s*<date>(?:[ :;–—-]|, )[ :,;–—-]*[^\s,;|]+ +[^\t]+
-- example: kg load statements.txt
SELECT row, line AS statement FROM source
