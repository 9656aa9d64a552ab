package worker

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet/trial/internal/vendor"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// desk is the agent that takes orders.
type desk struct {
	cfg  *Config
	log  *slog.Logger
	http *http.Client
}

// order are the arguments of the function of an order. The effect takes Millis.
type order struct {
	Number int `json:"number"`
	Millis int `json:"millis"`
}

// session is the configuration with which a call is accepted. The format is that of the
// telephone.
func (d *desk) session(in *api.RealtimeCallIncoming) *api.RealtimeSessionConfig {
	return &api.RealtimeSessionConfig{
		Model: new(api.ModelGPTRealtime2_1), Instructions: new(vendor.Instructions + in.Data.CallID),
		OutputModalities: []api.Modality{api.ModalityAudio},
		Audio: &api.SessionAudio{
			Input:  &api.AudioInput{Format: &api.AudioPCMU{}},
			Output: &api.AudioOutput{Format: &api.AudioPCMU{}},
		},
	}
}

// converse starts or resumes the conversation of an agent.
type converse func(context.Context, *realtime.Session, *agent.Agent, *agent.Options) (*agent.Conversation, error)

// talk holds the conversation of a call.
func (d *desk) talk(ctx context.Context, call *calls.Call, begin converse) error {
	id := call.ID()
	tool := agent.Func(vendor.OrderTool, "Takes an order.", func(ctx context.Context, o order) (string, error) {
		return d.effect(ctx, id, o)
	})
	tool.Once = true
	conv, err := begin(ctx, call.Session, &agent.Agent{
		Name: "clerk", Instructions: agent.Text(vendor.Instructions + id),
		Tools:   []agent.Tool{tool, agent.EndCall("The caller says goodbye.")},
		Session: &api.RealtimeSessionConfig{OutputModalities: []api.Modality{api.ModalityAudio}},
	}, &agent.Options{Log: d.log})
	if err != nil {
		return err
	}
	return conv.Wait(ctx)
}

// effect has the effect of an order: the vendor counts it. It takes a while before, and as
// long after.
func (d *desk) effect(ctx context.Context, call string, o order) (string, error) {
	if err := pause(ctx, time.Duration(o.Millis)*time.Millisecond/2); err != nil {
		return "", err
	}
	q := url.Values{"call": {call}, "tool": {agent.CallFrom(ctx).ID}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.cfg.EffectsURL+"?"+q.Encode(), http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+d.cfg.Name)
	res, err := d.http.Do(req)
	if err != nil {
		return "", err
	}
	_ = res.Body.Close()
	if err := pause(ctx, time.Duration(o.Millis)*time.Millisecond/2); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %d", vendor.Done, o.Number), nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
