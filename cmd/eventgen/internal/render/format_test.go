package render

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, src, want string }{
		{"no imports", "package a\nvar  x int", "package a\n\nvar x int\n"},
		{"standard library", "package a\nvar x time.Time", "package a\n\nimport (\n\t\"time\"\n)\n\nvar x time.Time\n"},
		{
			"groups", "package a\nvar x = utf8.RuneLen\nvar y wire.Extra\nvar z json.RawMessage",
			"package a\n\nimport (\n\t\"encoding/json\"\n\t\"unicode/utf8\"\n\n\t\"github.com/voicelane/realtime-go/wire\"\n)\n\n" +
				"var x = utf8.RuneLen\nvar y wire.Extra\nvar z json.RawMessage\n",
		},
		{"a field of that name is no package", "package a\nvar x = y.time.z", "package a\n\nvar x = y.time.z\n"},
		{"imports of its own stay", "package a\nimport \"time\"\nvar x time.Time", "package a\n\nimport \"time\"\n\nvar x time.Time\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Format("a.go", []byte(tt.src))
			require.NoError(t, err)
			assert.Equal(t, tt.want, string(got))
		})
	}
}

// TestFormatError checks that an error shows the source around the bad line.
func TestFormatError(t *testing.T) {
	t.Parallel()
	_, err := Format("a.go", []byte("package a\n\nvar a int\nvar b int\nvar c int\nvar d int\nvar e int\nvar = 1\nvar f int\n"))
	assert.EqualError(t, err, `a.go: a.go:8:5: expected 'IDENT', found '='
      3 var a int
      4 var b int
      5 var c int
      6 var d int
      7 var e int
>     8 var = 1
      9 var f int
     10 
`)
}

func TestDistinct(t *testing.T) {
	t.Parallel()
	files := func(a, b string) map[string][]byte {
		return map[string][]byte{"a.go": []byte("package a\n" + a), "b.go": []byte("package a\n" + b)}
	}
	for _, tt := range []struct{ name, a, b, want string }{
		{"types", "type A int", "type B int", ""},
		{"type and function", "type A int", "func A() {}", "a.go and b.go both declare A: rename a schema with x-go-name"},
		{"type and constant", "type A int", "const (\n\tB = 1\n\tA = 2\n)", "a.go and b.go both declare A: rename a schema with x-go-name"},
		{"type and method", "type A int", "type B int\nfunc (B) A() {}", ""},
		{"blank", "var _ = 1", "var _ = 2", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := Distinct(files(tt.a, tt.b))
			if tt.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.EqualError(t, err, tt.want)
		})
	}
}
