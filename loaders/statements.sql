-- title: Lines of plain text, a date and a statement each ("2009-09-17 US scraps shield")
-- reads: lines
-- line: \s*(\d{4}-\d{2}(-\d{2})?|\d{4}|\d{8})(?:[ :;–—-]|, )[ :,;–—-]*[^\s,;|]+ +[^\t]+
-- example: kg load statements.txt
SELECT row, line AS statement FROM source
