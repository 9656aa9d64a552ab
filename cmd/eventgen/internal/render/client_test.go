package render

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// operation is a document with one operation. Its %PARAMETER and its header vary.
const operation = `
openapi: 3.1.0
info: {title: Doors, version: "1"}
paths:
  /doors/{id}:
    get:
      operationId: openDoor
      description: Opens a door, as runtime.StyleParam would not.
      parameters: [PARAMETER]
      responses:
        '200': {description: Opened., headers: {Location: {schema: HEADER}}}
components:
  schemas:
    Door: {type: string, enum: [front, back]}
`

// TestClientNeedsRuntime checks that a client imports the runtime of oapi-codegen only for
// parameters that are more than strings of a path and of headers, and that each segment of
// a path is checked.
func TestClientNeedsRuntime(t *testing.T) {
	t.Parallel()
	const path = "{name: id, in: path, required: true, schema: "
	for _, tt := range []struct {
		name, parameter, header string
		runtime                 bool
		check                   string
	}{
		{"strings", path + "{type: string}}", "{type: string}", false, `wire.PathSegment("id", id)`},
		{"a named string", path + "{$ref: '#/components/schemas/Door'}}", "{type: string}", false, `wire.PathSegment("id", id)`},
		{"a time in a path", path + "{type: string, format: date-time}}", "{type: string}", true, `wire.CheckSegment("id", pathParam0)`},
		{"an integer in a path", path + "{type: integer}}", "{type: string}", true, `wire.CheckSegment("id", pathParam0)`},
		{"an integer in a header", path + "{type: string}}", "{type: integer}", true, `wire.PathSegment("id", id)`},
		{"a query", path + "{type: string}}, {name: lit, in: query, schema: {type: boolean}}", "{type: string}", true, `wire.PathSegment("id", id)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc := strings.NewReplacer("PARAMETER", tt.parameter, "HEADER", tt.header).Replace(operation)
			src, err := Client([]byte(doc), "doors", "doors.yaml")
			require.NoError(t, err)
			assert.Equal(t, tt.runtime, strings.Contains(string(src), runtimeImport), "%s", src)
			assert.Equal(t, tt.runtime, usesRuntime(src))
			assert.Contains(t, string(src), tt.check)
		})
	}
}
