package schema

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type seat struct {
	Row  int    `json:"row" minimum:"1" maximum:"60"`
	Side string `json:"side" enum:"window,aisle" jsonschema:"where to sit"`
}

type trip struct {
	seat

	To     string          `json:"to" jsonschema:"airport code" pattern:"^[A-Z]{3}$"`
	On     time.Time       `json:"on"`
	Day    string          `json:"day,omitempty" format:"date"`
	Price  *float64        `json:"price,omitempty" exclusiveMinimum:"0"`
	Class  *string         `json:"class,omitempty" enum:"first, second"`
	Stops  []string        `json:"stops,omitempty" maxItems:"2" minLength:"3"`
	Sizes  []int           `json:"sizes,omitempty" enum:"1,2"`
	Others []seat          `json:"others,omitempty"`
	Named  map[string]seat `json:"named,omitempty"`
	Fare   json.RawMessage `json:"fare,omitempty"`
}

func TestTagsConstrainArguments(t *testing.T) {
	t.Parallel()
	s, err := Of(reflect.TypeFor[trip]())
	require.NoError(t, err)
	const head = `{"row":3,"side":"aisle","to":"LIS","on":"2026-11-27T10:00:00Z"`
	for name, c := range map[string]struct{ arguments, fault string }{
		"fits":            {arguments: head + `}`},
		"all":             {arguments: head + `,"day":"2026-11-27","price":1.5,"class":"first","stops":["OPO"],"sizes":[1],"others":[{"row":1,"side":"window"}],"named":{"a":{"row":1,"side":"window"}},"fare":{"any":1}}`},
		"null":            {arguments: head + `,"class":null}`},
		"missing":         {arguments: `{"row":3}`, fault: "required"},
		"unknown":         {arguments: head + `,"x":1}`, fault: "additional"},
		"not JSON":        {arguments: `{"row"`, fault: "not JSON"},
		"not an object":   {arguments: `[1]`, fault: "not a JSON object"},
		"enum":            {arguments: `{"row":3,"side":"roof","to":"LIS","on":"x"}`, fault: "enum"},
		"minimum":         {arguments: `{"row":0,"side":"aisle","to":"LIS","on":"x"}`, fault: "minimum"},
		"pattern":         {arguments: `{"row":3,"side":"aisle","to":"lisbon","on":"x"}`, fault: "pattern"},
		"bound":           {arguments: head + `,"price":0}`, fault: "exclusiveMinimum"},
		"optional enum":   {arguments: head + `,"class":"third"}`, fault: "enum"},
		"items":           {arguments: head + `,"stops":["OPO","FAO","LIS"]}`, fault: "maxItems"},
		"length of items": {arguments: head + `,"stops":["O"]}`, fault: "minLength"},
		"enum of items":   {arguments: head + `,"sizes":[3]}`, fault: "enum"},
		"inside a slice":  {arguments: head + `,"others":[{"row":61,"side":"aisle"}]}`, fault: "maximum"},
		"inside a map":    {arguments: head + `,"named":{"a":{"row":1,"side":"x"}}}`, fault: "enum"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := s.Check(json.RawMessage(c.arguments))
			if c.fault == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.fault)
		})
	}
	assert.Contains(t, string(s.JSON()), `"format":"date"`)
	assert.Contains(t, string(s.JSON()), `"description":"airport code"`)
}

func TestTypesWithoutASchema(t *testing.T) {
	t.Parallel()
	for _, typ := range []reflect.Type{
		reflect.TypeFor[string](), reflect.TypeFor[[]int](), reflect.TypeFor[struct{ C chan int }](),
		reflect.TypeFor[struct {
			N int `minimum:"low"`
		}](), reflect.TypeFor[struct {
			N int `enum:"a"`
		}](), reflect.TypeFor[struct {
			N int `maxItems:"x"`
		}](),
	} {
		_, err := Of(typ)
		assert.Error(t, err, "%s", typ)
	}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[struct{}](), reflect.TypeFor[*trip](), reflect.TypeFor[map[string]any](), reflect.TypeFor[json.RawMessage](),
	} {
		_, err := Of(typ)
		assert.NoError(t, err, "%s", typ)
	}
}

func TestParseKeepsTheText(t *testing.T) {
	t.Parallel()
	const text = `{"type":"object","properties":{"n":{"type":"integer","x-of-its-own":1}},"required":["n"]}`
	s, err := Parse(json.RawMessage(text))
	require.NoError(t, err)
	assert.Equal(t, text, string(s.JSON()))
	require.NoError(t, s.Check(json.RawMessage(`{"n":1}`)))
	require.Error(t, s.Check(json.RawMessage(`{"n":"1"}`)))
	_, err = Parse(json.RawMessage(`{"type":`))
	require.Error(t, err)
}
