package view

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"strings"
	"sync"
)

//go:embed page
var files embed.FS

// assets are what all pages have in common.
type assets struct {
	page   *template.Template
	style  template.CSS
	script template.JS
	policy string
}

var shared = sync.OnceValue(func() assets {
	a := assets{
		page:   template.Must(template.ParseFS(files, "page/page.html")),
		style:  template.CSS(concat("base.css", "timeline.css", "panels.css", "narrow.css")),  //nolint:gosec // Our own files.
		script: template.JS(concat("core.js", "wave.js", "sound.js", "events.js", "main.js")), //nolint:gosec // Our own files.
	}
	// Styles are inline, as the positions of all marks are. What runs is this script alone,
	// and nothing can be loaded or sent.
	hash := sha256.Sum256([]byte(a.script))
	a.policy = "default-src 'none'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
	return a
})

// concat returns files of ours, one after the other.
func concat(names ...string) string {
	var all strings.Builder
	for _, name := range names {
		text, _ := files.ReadFile("page/" + name) // The files are embedded, and tests open pages.
		all.Write(text)
	}
	return all.String()
}

func (p *page) render(w io.Writer) error {
	a := shared()
	p.Policy, p.Style, p.Script = a.policy, a.style, a.script
	return a.page.ExecuteTemplate(w, "page.html", p)
}

// packed returns a value as JSON, compressed, in base64.
func packed(v any) (template.HTML, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	if err := json.NewEncoder(z).Encode(v); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return inBase64(out.Bytes()), nil
}

func inBase64(data []byte) template.HTML {
	return template.HTML(base64.StdEncoding.EncodeToString(data)) //nolint:gosec // Base64 needs no escaping.
}
