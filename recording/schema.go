package recording

import _ "embed"

//go:embed recording.schema.json
var schema string

// Schema returns the JSON Schema of a line of a recording, draft 2020-12.
func Schema() string { return schema }
