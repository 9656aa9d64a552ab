package codec

import (
	"context"
	"encoding/base64"
	"path/filepath"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// nodeCodec decodes and encodes a frame as the vendor's Node client does: with a
// string, JSON.parse and Buffer.from. It may be nil.
type nodeCodec struct {
	ctx   context.Context //nolint:containedctx // Peer.Turn has no context parameter.
	child *process.Child
}

type nodeRequest struct {
	Do   string `json:"do"`
	Data string `json:"data"` // base64
	N    int    `json:"n"`
}

func startNode(ctx context.Context, dir string) (*nodeCodec, error) {
	if err := process.CanNode(dir); err != nil {
		return nil, err
	}
	child, err := process.Start(ctx, process.Spec{Name: "node", Args: []string{filepath.Join(dir, "codec.mjs")}, Core: process.AnyCore})
	if err != nil {
		return nil, err
	}
	return &nodeCodec{ctx, child}, nil
}

// peers returns the Node client as a peer in a task, or none if n is nil.
func (n *nodeCodec) peers(task string, data []byte) []stat.Peer {
	if n == nil {
		return nil
	}
	text := base64.StdEncoding.EncodeToString(data)
	return []stat.Peer{{Name: "openai for Node", Turn: func(count int) (time.Duration, error) {
		var reply struct {
			Micros float64 `json:"micros"`
		}
		err := n.child.Ask(n.ctx, nodeRequest{Do: task, Data: text, N: count}, &reply)
		return time.Duration(reply.Micros * float64(time.Microsecond)), err
	}}}
}

func (n *nodeCodec) close() {
	if n != nil {
		n.child.Close()
	}
}
