// Problem is an error for the user: what happened, and what to do about it.
export class Problem extends Error {
	constructor(message, advice) {
		super(message)
		this.advice = advice
	}
}

const orWrite = "Or write instead: that needs no microphone."

// ofMicrophone returns what an error of getUserMedia means.
export function ofMicrophone(err) {
	if (err instanceof Problem) return err
	switch (navigator.mediaDevices ? err.name : "insecure") {
		case "NotAllowedError":
			return new Problem("The microphone is not allowed.", `Allow it for this page: in the browser by the icon beside the address, and in the system's privacy settings. Then start again. ${orWrite}`)
		case "NotFoundError":
			return new Problem("There is no microphone.", `Connect one and start again. ${orWrite}`)
		case "OverconstrainedError":
			return new Problem("The chosen microphone is gone.", `Choose another one below and start again. ${orWrite}`)
		case "NotReadableError":
			return new Problem("The microphone cannot be read.", `Close other programs that use it and start again. ${orWrite}`)
		case "insecure":
			return new Problem("Browsers give no microphone to this address.", `Open the page over https, or as http://localhost on this machine. ${orWrite}`)
		default:
			return new Problem(`The microphone cannot be used: ${err.message}`, `Choose another one below and start again. ${orWrite}`)
	}
}

// ofLoudspeaker returns what an error of the audio output means.
export function ofLoudspeaker(err) {
	if (err instanceof Problem) return err
	return new Problem(`Sound cannot be played: ${err.message}`, "Choose another loudspeaker below. Then start again.")
}

// gone returns the problem of a page whose server does not answer.
export const gone = () => new Problem("The page's server cannot be reached.", "Check that it still runs and that you are online. Then start again.")

// ofSecret returns what the page's server said instead of a secret.
export function ofSecret(error) {
	return new Problem("The page's server gave no secret.", error?.message ?? "Its answer is not one of this page's server. Load the page again.")
}
