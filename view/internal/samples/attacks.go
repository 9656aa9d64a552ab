package samples

import "strings"

// Attacks are texts that harm a page that trusts them: each that runs sets a global
// variable, hacked.
func Attacks() []string {
	return []string{
		`</script><script>hacked=1</script>`,
		`<img src=x onerror="hacked=2">`,
		`"><svg onload=hacked=3>`,
		`' onmouseover='hacked=4' x='`,
		`</title></style><script>hacked=5</script>`,
		`javascript:hacked=6//`,
		`{{.Title}}<!--`,
		"\u2028hacked=7\u2029",
		"\u202Eright to left\u2066",
		`left:0;background:url(https://example.com/x)`,
		"\x00\x1b[31m",
		`&lt;b&gt;&#x3C;script&#x3E;`,
		strings.Repeat("W", 10_000),
		"👩‍👩‍👧‍👦 🏳️‍🌈",
	}
}
