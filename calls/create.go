package calls

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/realtime"
)

// Created is a WebRTC call that [Client.Create] has started.
type Created struct {
	// ID is the call's id, for [Client.Hangup] and [realtime.Call].
	ID string
	// Answer is the server's SDP answer.
	Answer string
}

// Create starts a WebRTC call from the SDP offer of a peer. If session is not nil, the
// request is a form with the offer and the session. If it is nil, the request is the
// offer alone, as a client secret with a session of its own requires.
//
// If ctx ends before Create has returned, Create returns the context's error. A call
// that the server has created nevertheless is hung up; that is repeated for up to a minute while it fails, and [Client.Wait]
// waits for that.
func (c *Client) Create(ctx context.Context, offer string, session *api.RealtimeSessionConfig, o *realtime.RequestOptions) (*Created, error) {
	if c == nil || c.rt == nil {
		return nil, errNoClient
	}
	if strings.TrimSpace(offer) == "" {
		return nil, errors.New("calls: create: the offer is empty")
	}
	kind, body, err := encodeOffer(offer, session)
	if err != nil {
		return nil, fmt.Errorf("calls: create: %w", err)
	}
	if ctx.Err() != nil {
		return nil, ctxerr.Of(ctx)
	}
	type result struct {
		call *Created
		err  error
	}
	finished := make(chan result)
	abandoned := make(chan struct{})
	free, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.late.Go(func() {
		defer cancel()
		var r result
		r.call, r.err = c.create(free, kind, body, o)
		select {
		case finished <- r:
		case <-abandoned:
			if r.err == nil {
				_ = c.end(free, r.call.ID, 0) // Create has returned.
			}
		}
	})
	select {
	case r := <-finished:
		if r.err == nil && ctx.Err() != nil {
			c.late.Go(func() { _ = c.end(ctx, r.call.ID, 0) })
			return nil, ctxerr.Of(ctx)
		}
		return r.call, r.err
	case <-ctx.Done():
		close(abandoned)
		time.AfterFunc(endTimeout, cancel)
		return nil, ctxerr.Of(ctx)
	}
}

// Wait blocks until no calls remain that Create must hang up.
func (c *Client) Wait() { c.late.Wait() }

func (c *Client) create(ctx context.Context, kind string, body []byte, o *realtime.RequestOptions) (*Created, error) {
	wantSDP := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Accept", "application/sdp")
		return nil
	}
	ctx = realtime.WithRequestOptions(ctx, o)
	res, err := c.rt.API().CreateCallWithBody(ctx, kind, bytes.NewReader(body), wantSDP)
	if err != nil {
		return nil, err //nolint:wrapcheck // The error has its prefix already.
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("calls: create: %w", err)
	}
	id := lastSegment(res.Header.Get("Location"))
	unexpected := &realtime.APIError{
		Status: res.StatusCode, RequestID: res.Header.Get("X-Request-Id"), Err: realtime.ErrUnexpectedAnswer,
	}
	if id == "" {
		unexpected.Message = "the answer has no call id; if a call was created, it cannot be hung up"
		return nil, unexpected
	}
	if !bytes.HasPrefix(bytes.TrimSpace(answer), []byte("v=")) {
		unexpected.Message = "the answer is not SDP"
		return nil, errors.Join(unexpected, c.end(ctx, id, 0))
	}
	return &Created{ID: id, Answer: string(answer)}, nil
}

// lastSegment returns the call's id, the last path segment of a new call's location, or
// "".
func lastSegment(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return ""
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	id, err := url.PathUnescape(path[strings.LastIndex(path, "/")+1:])
	if err != nil || id == "calls" {
		return ""
	}
	return id
}

// encodeOffer returns the content type and the body of a request that creates a call.
func encodeOffer(offer string, session *api.RealtimeSessionConfig) (kind string, body []byte, err error) {
	if session == nil {
		return "application/sdp", []byte(offer), nil
	}
	if err := session.Validate(); err != nil {
		return "", nil, fmt.Errorf("session: %w", err)
	}
	config, err := session.AppendJSON(nil)
	if err != nil {
		return "", nil, fmt.Errorf("session: %w", err)
	}
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	for _, part := range [...]struct {
		name, kind string
		data       []byte
	}{{"sdp", "application/sdp", []byte(offer)}, {"session", "application/json", config}} {
		// The server rejects a part with a file name, so CreateFormFile cannot be used.
		h := textproto.MIMEHeader{
			"Content-Disposition": {`form-data; name="` + part.name + `"`},
			"Content-Type":        {part.kind},
		}
		w, err := form.CreatePart(h)
		if err == nil {
			_, err = w.Write(part.data)
		}
		if err != nil {
			return "", nil, err
		}
	}
	if err := form.Close(); err != nil {
		return "", nil, err
	}
	return form.FormDataContentType(), buf.Bytes(), nil
}
