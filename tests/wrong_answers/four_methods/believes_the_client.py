def note_text(body):
    return json.loads(body)["text"]
