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

// endTimeout bounds what is done for a call after its context has ended.
const endTimeout = 10 * time.Second

// Created is a WebRTC call that [Client.Create] has started.
type Created struct {
	// ID is for hanging up, and for a sideband session.
	ID string
	// Answer is the server's SDP.
	Answer string
}

// Create starts a WebRTC call from the SDP offer of a peer. With a session the
// two travel as a form; without one the offer travels alone, which suits a
// client secret that carries a session.
//
// When the context ends before Create has returned, a call that comes about all
// the same is hung up, within ten seconds; [Client.Wait] waits for that.
func (c *Client) Create(ctx context.Context, offer string, session *api.RealtimeSessionConfig, o *realtime.RequestOptions) (*Created, error) {
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
				_ = c.end(free, r.call.ID) // Nobody is left to be told.
			}
		}
	})
	select {
	case r := <-finished:
		if r.err == nil && ctx.Err() != nil {
			c.late.Go(func() { _ = c.end(ctx, r.call.ID) })
			return nil, ctxerr.Of(ctx)
		}
		return r.call, r.err
	case <-ctx.Done():
		close(abandoned)
		time.AfterFunc(endTimeout, cancel)
		return nil, ctxerr.Of(ctx)
	}
}

// Wait returns when no call is left that Create would have to hang up.
func (c *Client) Wait() { c.late.Wait() }

// end hangs up although the context may have ended. A call that is over is no
// failure.
func (c *Client) end(ctx context.Context, callID string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	err := c.Hangup(ctx, callID, nil)
	if e, ok := errors.AsType[*realtime.APIError](err); ok && e.IsNotFound() {
		return nil
	}
	return err
}

func (c *Client) create(ctx context.Context, kind string, body []byte, o *realtime.RequestOptions) (*Created, error) {
	wantSDP := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Accept", "application/sdp")
		return nil
	}
	ctx = realtime.WithRequestOptions(ctx, o)
	res, err := c.rt.API().CreateCallWithBody(ctx, kind, bytes.NewReader(body), wantSDP)
	if err != nil {
		return nil, err //nolint:wrapcheck // It says what failed already.
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
		unexpected.Message = "it names no call; if there is one, it cannot be hung up"
		return nil, unexpected
	}
	if !bytes.HasPrefix(bytes.TrimSpace(answer), []byte("v=")) {
		unexpected.Message = "it is no SDP"
		return nil, errors.Join(unexpected, c.end(ctx, id))
	}
	return &Created{ID: id, Answer: string(answer)}, nil
}

// lastSegment is the call's id in the address of a new call.
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

// encodeOffer returns the content type and body of a request for a call.
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
		// A part with a file name is taken for a file, and refused.
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
