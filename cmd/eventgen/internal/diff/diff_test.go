package diff

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// base is a small protocol. A test chooses the direction of the event GO.
const base = `
openapi: 3.1.0
paths:
  /boats:
    post:
      operationId: createBoat
      parameters:
        - {name: dry, in: query, schema: {type: boolean}}
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Boat'}
      responses:
        '200':
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Boat'}
webhooks:
  boat_sank:
    post:
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Sank'}
components:
  schemas:
    ClientEvent:
      x-event-union: true
      oneOf:
        - {$ref: '#/components/schemas/Ahoy'}
        - {$ref: '#/components/schemas/Bye'}
        # sent
    ServerEvent:
      x-event-union: true
      oneOf:
        - {$ref: '#/components/schemas/Welcome'}
        - {$ref: '#/components/schemas/Bye'}
        # received
    Ahoy: {type: object, required: [type], properties: {type: {type: string, const: ahoy}}}
    Bye: {type: object, required: [type], properties: {type: {type: string, const: bye}}}
    Welcome: {type: object, required: [type], properties: {type: {type: string, const: welcome}}}
    Sank: {type: object, required: [type], properties: {type: {type: string, const: boat.sank}, depth: {type: number}}}
    Boat: {type: object, properties: {name: {type: string}}}
    Sail:
      type: object
      required: [type, course]
      properties:
        type: {type: string, const: boat.sail}
        course: {type: integer, minimum: 0, maximum: 359}
        speed: {type: number}
        flag: {$ref: '#/components/schemas/Flag'}
        note: {type: string, maxLength: 40}
        crew: {type: array, items: {type: string}}
        cargo: {$ref: '#/components/schemas/Cargo'}
        stamp: {type: string}
        open: {type: object}
    Flag: {type: string, enum: [red, green]}
    Cargo:
      oneOf:
        - {$ref: '#/components/schemas/Fish'}
        - {$ref: '#/components/schemas/Salt'}
    Fish: {type: object, required: [type], properties: {type: {type: string, const: fish}, kilos: {type: number}}}
    Salt: {type: object, required: [type], properties: {type: {type: string, const: salt}, bags: {type: integer}}}
    Wine: {type: object, required: [type], properties: {type: {type: string, const: wine}, casks: {type: integer}}}
`

const (
	none      = "compatible"
	senders   = "breaking for senders"
	receivers = "breaking for receivers"
)

// kinds has every kind of change of a message: the replaced text and, for each direction
// of the message, the class of the change and of the inverse change.
var kinds = []struct {
	kind, back         Kind
	from, to           string
	subject            string
	sent, sentBack     string
	received, recvBack string
	goName             string
}{
	{FieldAdded, FieldRemoved, "        speed:", "        wind: {type: string}\n        speed:", "Sail.wind", none, senders, none, receivers, "Sail.Wind"},
	{ArmAdded, ArmRemoved, "schemas/Salt'}\n", "schemas/Salt'}\n        - {$ref: '#/components/schemas/Wine'}\n", "Cargo<wine>", none, senders, none, receivers, "Wine"},
	{ShapeAdded, ShapeRemoved, "crew: {type: array}", "crew: {type: array, items: {type: string}}", "Sail.crew[]", senders, senders, receivers, receivers, ""},
	{ShapeAdded, ShapeRemoved, "open: {type: object}", "open: {type: object, properties: {a: {type: string}}}", "Sail.open", senders, senders, receivers, receivers, "Sail.Open"},
	{ValueAdded, ValueRemoved, "enum: [red, green]", "enum: [red, green, blue]", "Sail.flag", none, senders, none, receivers, "Sail.Flag, FlagBlue"},
	{Opened, Closed, "string, enum: [red, green]", "string, x-known-values: [red, green]", "Sail.flag", none, senders, none, none, "Sail.Flag"},
	{NullAdded, NullRemoved, "note: {type: string", "note: {type: [string, 'null']", "Sail.note", senders, senders, receivers, receivers, "Sail.Note"},
	{RequiredAdded, RequiredRemoved, "[type, course]", "[type, course, speed]", "Sail.speed", senders, senders, receivers, receivers, "Sail.Speed"},
	{RequiredAdded, RequiredRemoved, "[type, course]", "[type, course, crew]", "Sail.crew", senders, none, none, receivers, "Sail.Crew"},
	{KindWidened, KindNarrowed, "course: {type: integer", "course: {type: number", "Sail.course", senders, senders, receivers, receivers, "Sail.Course"},
	{KindWidened, KindNarrowed, "stamp: {type: string}", "stamp: {oneOf: [{type: string}, {$ref: '#/components/schemas/Boat'}]}", "Sail.stamp", senders, senders, receivers, receivers, ""},
	{KindChanged, KindChanged, "stamp: {type: string}", "stamp: {type: integer}", "Sail.stamp", senders, senders, receivers, receivers, "Sail.Stamp"},
	{BoundTightened, BoundLoosened, "maximum: 359", "maximum: 180", "Sail.course", senders, none, none, none, "Sail.Course"},
	{BoundTightened, BoundLoosened, "minimum: 0", "minimum: 1", "Sail.course", senders, none, none, none, "Sail.Course"},
	{BoundTightened, BoundLoosened, "speed: {type: number}", "speed: {type: number, exclusiveMinimum: 0}", "Sail.speed", senders, none, none, none, "Sail.Speed"},
	{BoundTightened, BoundLoosened, "crew: {type: array,", "crew: {type: array, maxItems: 9,", "Sail.crew", senders, none, none, none, "Sail.Crew"},
	{FormatChanged, FormatChanged, "stamp: {type: string}", "stamp: {type: string, contentEncoding: base64}", "Sail.stamp", senders, senders, receivers, receivers, "Sail.Stamp"},
	{DefaultChanged, DefaultChanged, "speed: {type: number}", "speed: {type: number, default: 4}", "Sail.speed", none, none, none, none, "Sail.Speed"},
	{Deprecated, Undeprecated, "speed: {type: number}", "speed: {type: number, deprecated: true}", "Sail.speed", none, none, none, none, "Sail.Speed"},
	{ConstantChanged, ConstantChanged, "const: salt", "const: sea_salt", "Cargo<salt>", senders, senders, receivers, receivers, "Salt"},
	{AliasesChanged, AliasesChanged, "    Sail:\n", "    Sail:\n      x-event-aliases: [boat.go]\n", "%s boat.sail", none, none, none, none, "Sail"},
	{KindChanged, KindChanged, "cargo: {$ref: '#/components/schemas/Cargo'}", "cargo: {$ref: '#/components/schemas/Boat'}", "Sail.cargo", senders, senders, receivers, receivers, "Sail.Cargo"},
	{EventAdded, EventRemoved, "        # %s\n", "        - {$ref: '#/components/schemas/Wine'}\n        # %s\n", "%s wine", none, senders, none, receivers, "Wine"},
	{ConstantChanged, ConstantChanged, "const: boat.sail", "const: boat.steer", "%s boat.sail", senders, senders, receivers, receivers, "Sail"},
}

// compare returns the report about two texts.
func compare(t *testing.T, from, to string, opts Options) *Report {
	t.Helper()
	r, err := Compare(document(t, "old.yaml", from), document(t, "new.yaml", to), opts)
	require.NoError(t, err)
	return r
}

func TestKindsOfChanges(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"sent", "received"} {
		word := map[string]string{"sent": "client", "received": "server"}[way]
		fill := func(s string) string {
			s = strings.ReplaceAll(s, "# %s", "# "+way)
			return strings.ReplaceAll(s, "%s", word)
		}
		text := strings.Replace(base, "        # "+way+"\n", "        - {$ref: '#/components/schemas/Sail'}\n        # "+way+"\n", 1)
		for _, tt := range kinds {
			t.Run(way+" "+string(tt.kind)+" "+tt.subject, func(t *testing.T) {
				t.Parallel()
				old := text
				if strings.Contains(tt.from, "crew: {type: array}") {
					old = strings.Replace(text, tt.to, tt.from, 1)
				}
				from, to := fill(tt.from), fill(tt.to)
				require.Contains(t, old, from)
				changed := strings.Replace(old, from, to, 1)
				there, back := tt.sent, tt.sentBack
				if way == "received" {
					there, back = tt.received, tt.recvBack
				}
				one := compare(t, old, changed, Options{})
				require.Len(t, one.Groups, 1, one.Text())
				assert.Equal(t, tt.kind, one.Groups[0].Kind)
				assert.Equal(t, fill(tt.subject), one.Groups[0].Subject)
				assert.Equal(t, there, one.Worst().String(), one.Text())
				if tt.goName != "" {
					assert.Equal(t, tt.goName, strings.Join(one.Groups[0].Go, ", "))
				}

				inEveryForm(t, one)

				other := compare(t, changed, old, Options{})
				inEveryForm(t, other)
				require.Len(t, other.Groups, 1, other.Text())
				assert.Equal(t, tt.back, other.Groups[0].Kind)
				assert.Equal(t, back, other.Worst().String(), other.Text())
			})
		}
	}
}

// inEveryForm checks that each output form has the report's only change.
func inEveryForm(t *testing.T, r *Report) {
	t.Helper()
	data, err := r.JSON()
	require.NoError(t, err)
	for _, form := range []string{r.Text(), r.Markdown(), string(data)} {
		assert.Contains(t, form, string(r.Groups[0].Kind))
		assert.Contains(t, form, r.Groups[0].Subject)
		assert.Contains(t, strings.ToLower(form), r.Worst().String())
	}
	log := strings.Join(strings.Fields(r.Changelog()), " ")
	assert.Contains(t, log, string(r.Groups[0].Kind))
	assert.Equal(t, r.Worst() != Compatible, strings.HasPrefix(log, "### Breaking"))
}

func TestOperationsAndWebhooks(t *testing.T) {
	t.Parallel()
	const answer = "        '200':\n          content:\n            application/json:\n              schema: {$ref: '#/components/schemas/Boat'}\n"
	tests := map[string]struct {
		from, to     string
		kind, back   Kind
		class, other string
		goName       string
	}{
		"operation":   {"  /boats:", "  /ships:", OperationAdded, OperationRemoved, senders, senders, ""},
		"method":      {"    post:\n      operationId", "    put:\n      operationId", OperationAdded, OperationRemoved, senders, senders, "Client.CreateBoat"},
		"webhook":     {"const: boat.sank", "const: boat.lost", WebhookAdded, WebhookRemoved, receivers, receivers, "Sank"},
		"a body less": {answer, "        '200': {}\n", BodyRemoved, BodyAdded, receivers, none, ""},
		"parameter":   {"        - {name: dry,", "        - {name: wet, in: query, schema: {type: boolean}}\n        - {name: dry,", FieldAdded, FieldRemoved, none, senders, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, base, tt.from)
			changed := strings.Replace(base, tt.from, tt.to, 1)
			for _, way := range []struct {
				r     *Report
				kind  Kind
				class string
			}{{compare(t, base, changed, Options{}), tt.kind, tt.class}, {compare(t, changed, base, Options{}), tt.back, tt.other}} {
				var found []string
				for _, g := range way.r.Groups {
					found = append(found, string(g.Kind))
					if g.Kind == way.kind && tt.goName != "" {
						assert.Equal(t, tt.goName, strings.Join(g.Go, ", "))
					}
				}
				assert.Contains(t, found, string(way.kind))
				assert.Equal(t, way.class, way.r.Worst().String(), way.r.Text())
			}
		})
	}
}

// TestProseIsCounted changes only prose.
func TestProseIsCounted(t *testing.T) {
	t.Parallel()
	changed := strings.NewReplacer("speed: {", "speed: {description: Knots., ", "Boat: {", "Boat: {title: A boat, ").
		Replace(strings.Replace(base, "        # sent\n", "        - {$ref: '#/components/schemas/Sail'}\n", 1))
	old := strings.Replace(base, "        # sent\n", "        - {$ref: '#/components/schemas/Sail'}\n", 1)
	r := compare(t, old, changed, Options{})
	assert.Empty(t, r.Groups)
	assert.Equal(t, Same, r.Worst())
	assert.Equal(t, 3, r.Prose, "speed, and the boat in a request and in an answer")
	assert.Contains(t, r.Text(), "3 places where only the prose changed")
}

// TestASharedSchemaIsOneChange changes a schema that several places use.
func TestASharedSchemaIsOneChange(t *testing.T) {
	t.Parallel()
	r := compare(t, base, strings.Replace(base, "properties: {name: {type: string}}", "properties: {name: {type: string}, mast: {type: integer}}", 1), Options{})
	require.Len(t, r.Groups, 1)
	assert.Equal(t, "Boat.mast", r.Groups[0].Subject)
	assert.Equal(t, []string{"POST /boats 200 application/json .mast", "POST /boats request application/json .mast"}, r.Groups[0].Places)
	assert.Equal(t, []string{"Boat.Mast"}, r.Groups[0].Go)
}

func TestUnionsAreFound(t *testing.T) {
	t.Parallel()
	unmarked := strings.ReplaceAll(base, "      x-event-union: true\n", "")
	changed := strings.Replace(unmarked, "const: ahoy", "const: hail", 1)
	assert.Equal(t, BreaksSenders, compare(t, unmarked, changed, Options{}).Worst(), "by their names")

	renamed := strings.NewReplacer("ClientEvent", "Orders", "ServerEvent", "News").Replace(unmarked)
	changed = strings.Replace(renamed, "const: ahoy", "const: hail", 1)
	r := compare(t, renamed, changed, Options{})
	assert.Empty(t, r.Groups)
	assert.Contains(t, r.Text(), "no event unions")
	r = compare(t, renamed, changed, Options{Unions: []string{"Orders", "News"}})
	assert.Equal(t, Breaks{Senders: true, Receivers: true}, r.Groups[0].Breaks, "the direction is unknown")

	directed := strings.NewReplacer("    ClientEvent:\n", "    Orders:\n      x-event-direction: send\n", "    ServerEvent:\n", "    News:\n      x-event-direction: receive\n").Replace(base)
	r = compare(t, directed, strings.Replace(directed, "const: ahoy", "const: hail", 1), Options{})
	assert.Equal(t, Breaks{Senders: true}, r.Groups[0].Breaks, "x-event-direction is the direction")

	_, err := Compare(mustRead(t, base), mustRead(t, base), Options{Unions: []string{"Nothing"}})
	assert.ErrorContains(t, err, "neither document has a component Nothing")
}

func mustRead(t *testing.T, text string) *Document {
	t.Helper()
	return document(t, "doc.yaml", text)
}

func document(t *testing.T, name, text string) *Document {
	t.Helper()
	spec, err := specdoc.Parse(name, []byte(text))
	require.NoError(t, err)
	d, err := New(name, spec)
	require.NoError(t, err)
	return d
}
