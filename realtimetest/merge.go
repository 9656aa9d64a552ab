package realtimetest

import "github.com/voicelane/realtime-go/gen/api"

// An update changes what it names: an absent member keeps its value, and null
// clears it. The functions of this file apply that, one for each object of a
// session that merges; lists, tools and choices are replaced whole.

func mergeSession(dst *api.RealtimeSession, src *api.RealtimeSessionConfig) {
	keep(&dst.OutputModalities, src.OutputModalities)
	keepPointer(&dst.Instructions, src.Instructions)
	keepNullable(&dst.Include, src.Include)
	keep(&dst.Tools, src.Tools)
	keepPointer(&dst.Reasoning, src.Reasoning)
	keepNullable(&dst.Prompt, src.Prompt)
	if src.Tracing != nil {
		dst.Tracing = src.Tracing
	}
	if src.ToolChoice != nil {
		dst.ToolChoice = src.ToolChoice
	}
	if src.MaxOutputTokens != nil {
		dst.MaxOutputTokens = src.MaxOutputTokens
	}
	if src.Truncation != nil {
		dst.Truncation = src.Truncation
	}
	if src.Model != nil && dst.Model == "" {
		dst.Model = *src.Model
	}
	if src.ParallelToolCalls != nil {
		dst.ParallelToolCalls = src.ParallelToolCalls
	}
	if src.Audio == nil {
		return
	}
	if in := src.Audio.Input; in != nil {
		mergeInput(dst.Audio.Input, in)
	}
	if out := src.Audio.Output; out != nil {
		mergeOutput(dst.Audio.Output, out)
	}
}

func mergeInput(dst, src *api.AudioInput) {
	if src.Format != nil {
		dst.Format = src.Format
	}
	dst.Transcription = mergeTranscription(dst.Transcription, src.Transcription)
	dst.NoiseReduction = mergeNoiseReduction(dst.NoiseReduction, src.NoiseReduction)
	if src.TurnDetection != nil {
		dst.TurnDetection = mergeTurnDetection(dst.TurnDetection, src.TurnDetection)
	}
}

func mergeOutput(dst, src *api.AudioOutput) {
	if src.Format != nil {
		dst.Format = src.Format
	}
	if src.Voice != nil {
		dst.Voice = src.Voice
	}
	keepPointer(&dst.Speed, src.Speed)
}

// mergeTurnDetection merges settings of one kind of VAD; another kind starts
// from its defaults.
func mergeTurnDetection(dst, src api.TurnDetection) api.TurnDetection {
	switch src := src.(type) {
	case *api.ServerVAD:
		merged := *defaultVAD()
		if old, ok := dst.(*api.ServerVAD); ok {
			merged = *old
		}
		keepPointer(&merged.Threshold, src.Threshold)
		keepPointer(&merged.PrefixPaddingMS, src.PrefixPaddingMS)
		keepPointer(&merged.SilenceDurationMS, src.SilenceDurationMS)
		keepPointer(&merged.CreateResponse, src.CreateResponse)
		keepPointer(&merged.InterruptResponse, src.InterruptResponse)
		keepNullable(&merged.IdleTimeoutMS, src.IdleTimeoutMS)
		return &merged
	case *api.SemanticVAD:
		merged := api.SemanticVAD{
			Eagerness: new(api.SemanticVADEagernessAuto), CreateResponse: new(true), InterruptResponse: new(true),
		}
		if old, ok := dst.(*api.SemanticVAD); ok {
			merged = *old
		}
		keepPointer(&merged.Eagerness, src.Eagerness)
		keepPointer(&merged.CreateResponse, src.CreateResponse)
		keepPointer(&merged.InterruptResponse, src.InterruptResponse)
		return &merged
	default: // Null.
		return src
	}
}

func mergeTranscription(dst, src api.Nullable[api.AudioTranscription]) api.Nullable[api.AudioTranscription] {
	change, ok := src.Get()
	if !ok {
		keepNullable(&dst, src)
		return dst
	}
	merged, _ := dst.Get()
	keepPointer(&merged.Model, change.Model)
	keepNullable(&merged.Language, change.Language)
	keep(&merged.Languages, change.Languages)
	keep(&merged.Keywords, change.Keywords)
	keepNullable(&merged.Prompt, change.Prompt)
	keepPointer(&merged.Delay, change.Delay)
	return api.Value(merged)
}

// mergeNoiseReduction gives a noise reduction that is switched on full
// strength, unless the client says otherwise.
func mergeNoiseReduction(dst, src api.Nullable[api.NoiseReduction]) api.Nullable[api.NoiseReduction] {
	change, ok := src.Get()
	if !ok {
		keepNullable(&dst, src)
		return dst
	}
	merged, on := dst.Get()
	if !on {
		merged.Strength = new(1.0)
	}
	merged.Type = change.Type
	keepPointer(&merged.Strength, change.Strength)
	return api.Value(merged)
}

func mergeTranscriptionSession(dst *api.TranscriptionSession, src *api.TranscriptionSessionConfig) {
	keepNullable(&dst.Include, src.Include)
	if src.Audio == nil || src.Audio.Input == nil {
		return
	}
	in, to := src.Audio.Input, dst.Audio.Input
	if in.Format != nil {
		to.Format = in.Format
	}
	to.Transcription = mergeTranscription(to.Transcription, in.Transcription)
	to.NoiseReduction = mergeNoiseReduction(to.NoiseReduction, in.NoiseReduction)
	switch vad := in.TurnDetection.(type) {
	case api.Null:
		to.TurnDetection = vad
	case *api.ServerVAD:
		merged := *transcriptionVAD()
		if old, ok := to.TurnDetection.(*api.ServerVAD); ok {
			merged = *old
		}
		keepPointer(&merged.Threshold, vad.Threshold)
		keepPointer(&merged.PrefixPaddingMS, vad.PrefixPaddingMS)
		keepPointer(&merged.SilenceDurationMS, vad.SilenceDurationMS)
		to.TurnDetection = &merged
	case *api.SemanticVAD:
		to.TurnDetection = vad
	default: // Absent.
	}
}

func keep[T any](dst *[]T, src []T) {
	if src != nil {
		*dst = src
	}
}

func keepPointer[T any](dst **T, src *T) {
	if src != nil {
		*dst = src
	}
}

func keepNullable[T any](dst *api.Nullable[T], src api.Nullable[T]) {
	if !src.IsZero() {
		*dst = src
	}
}
