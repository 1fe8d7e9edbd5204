"""What do people's recall times say about the models?"""
