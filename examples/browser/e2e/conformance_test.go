package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/conformance"
)

// runner is a page that runs a Go test program in the page or in a worker, and collects
// its output.
const runner = `
const run = async (base, args) => {
	importScripts?.(base + "/wasm_exec.js")
	let out = ""
	const text = new TextDecoder()
	globalThis.fs.writeSync = (fd, buf) => { out += text.decode(buf); return buf.length }
	globalThis.fs.write = (fd, buf, offset, length, position, done) => {
		out += text.decode(buf.subarray(offset, offset + length))
		done(null, length)
	}
	const go = new Go()
	go.argv = ["test", ...args]
	go.env = { %[1]s: base + "/v1" }
	let code = 0
	go.exit = (c) => { code = c }
	const { instance } = await WebAssembly.instantiateStreaming(fetch(base + "/test.wasm"), go.importObject)
	await go.run(instance)
	return { code, out }
}
`

// TestSessionInBrowser runs the tests of package conformance in a page and in a worker.
func TestSessionInBrowser(t *testing.T) {
	b := newBrowser(t, recording, nil)
	dir := t.TempDir()
	runJS := fmt.Sprintf(runner, conformance.Variable)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "worker.js"), []byte(runJS+`
		onmessage = async ({ data }) => postMessage(await run(...data))`), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "page.js"), []byte(
		strings.Replace(runJS, `importScripts?.(base + "/wasm_exec.js")`, "", 1)), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.html"), []byte(
		`<script src="wasm_exec.js"></script><script src="page.js"></script>`), 0o600))

	srv := conformance.NewServer()
	t.Cleanup(srv.Close)
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(dir)))
	mux.Handle("/wasm_exec.js", http.FileServer(http.Dir(appDir)))
	mux.Handle("/test.wasm", http.FileServer(http.Dir(filepath.Dir(testFile))))
	mux.Handle("/v1/", srv)
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)

	for name, call := range map[string]string{
		"page": `run(location.origin, ["-test.v"])`,
		"worker": `new Promise((resolve) => {
			const w = new Worker("worker.js")
			w.onmessage = ({ data }) => resolve(data)
			w.postMessage([location.origin, ["-test.v"]])
		})`,
	} {
		t.Run(name, func(t *testing.T) {
			var result struct {
				Code int    `json:"code"`
				Out  string `json:"out"`
			}
			require.NoError(t, chromedp.Run(b.ctx, chromedp.Navigate(web.URL), chromedp.Evaluate(call, &result, chromedp.EvalAsValue, await)))
			t.Log(result.Out)
			assert.Zero(t, result.Code)
			assert.Contains(t, result.Out, "--- PASS: TestConversation")
			assert.Contains(t, result.Out, "--- PASS: TestLongLivedKeysAreRefused")
			assert.NotContains(t, result.Out, "--- SKIP")
			assert.True(t, strings.HasSuffix(strings.TrimSpace(result.Out), "PASS"))
		})
	}
}

func await(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
