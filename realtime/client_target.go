package realtime

import (
	"errors"
	"net/url"
)

// Target is what a session connects to: a [Model], a running [Call], or a
// [Transcription] service. The set is closed.
type Target interface {
	// route sets the target in the query of an address.
	route(q url.Values, azure *Azure) error
	kind() targetKind
}

type targetKind string

const (
	kindModel         targetKind = "model"
	kindCall          targetKind = "call"
	kindTranscription targetKind = "transcription"
	kindTranslation   targetKind = "translation"
)

type modelTarget string

// Model connects a new session to a model. On Azure the name is that of a
// deployment, and an empty one stands for Azure.Deployment.
func Model[S ~string](name S) Target { return modelTarget(name) }

type callTarget string

// Call connects to a call that already runs over SIP or WebRTC, beside the caller's
// media ("sideband"). The server sends no session.created to such a session.
func Call[S ~string](id S) Target { return callTarget(id) }

type transcriptionTarget struct{}

// Transcription connects a session that transcribes its input audio.
func Transcription() Target { return transcriptionTarget{} }

type translationTarget string

func (t modelTarget) route(q url.Values, azure *Azure) error {
	name := string(t)
	if name == "" && azure != nil {
		name = azure.Deployment
	}
	if name == "" {
		return errors.New("realtime: the model has no name")
	}
	q.Set("model", name)
	return nil
}

func (t callTarget) route(q url.Values, _ *Azure) error {
	if t == "" {
		return errors.New("realtime: the call has no id")
	}
	q.Set("call_id", string(t))
	return nil
}

func (transcriptionTarget) route(q url.Values, _ *Azure) error {
	q.Set("intent", "transcription")
	return nil
}

func (t translationTarget) route(q url.Values, azure *Azure) error {
	if azure != nil {
		return errors.New("realtime: Azure offers no translation sessions")
	}
	if t == "" {
		return errors.New("realtime: the translation model has no name")
	}
	q.Set("model", string(t))
	return nil
}

func (modelTarget) kind() targetKind         { return kindModel }
func (callTarget) kind() targetKind          { return kindCall }
func (transcriptionTarget) kind() targetKind { return kindTranscription }
func (translationTarget) kind() targetKind   { return kindTranslation }
