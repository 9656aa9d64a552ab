package wire

import (
	stdbase64 "encoding/base64"
	"testing"
)

// TestBase64EveryPlace damages text of every length at every place, since fast
// paths look at blocks and leave their ends to slower ones.
func TestBase64EveryPlace(t *testing.T) {
	t.Parallel()
	longest := 200
	if testing.Short() {
		longest = 70
	}
	src := make([]byte, longest)
	for i := range src {
		src[i] = byte(i*167 + 13)
	}
	// Padding, the other alphabet, neighbors of the alphabet's ranges, bytes that
	// take their top bit for a sign, and a line break.
	damage := []string{"=", "-", "_", "@", "[", "`", "{", ".", ":", " ", `\u0000`, `\u0080`, `\n`, "\xc2\x80", "\xff"}
	for n := range src {
		text := stdbase64.StdEncoding.EncodeToString(src[:n])
		checkBase64(t, []byte(`"`+text+`"`))
		for i := range text {
			bad := damage[(n+i)%len(damage)]
			checkBase64(t, []byte(`"`+text[:i]+bad+text[i+1:]+`"`))
			checkBase64(t, []byte(`"`+text[:i]+text[i+1:]+`"`))
			checkBase64(t, []byte(`"`+text[:i]+`\r\n`+text[i:]+`"`))
		}
	}
}
