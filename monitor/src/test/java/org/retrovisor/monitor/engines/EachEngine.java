package org.retrovisor.monitor.engines;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContext;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.junit.jupiter.api.extension.TestInstancePreDestroyCallback;

/** One round of a class's tests for each engine. */
final class EachEngine implements ClassTemplateInvocationContextProvider {
    @Override
    public boolean supportsClassTemplate(ExtensionContext context) {
        return true;
    }

    @Override
    public Stream<ClassTemplateInvocationContext> provideClassTemplateInvocationContexts(ExtensionContext context) {
        return TestedEngine.ofHost().map(Round::new);
    }

    private record Round(TestedEngine engine) implements ClassTemplateInvocationContext {
        @Override
        public String getDisplayName(int index) {
            return engine.name();
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            TestInstancePreConstructCallback before = (factory, context) -> TestedEngine.use(engine);
            TestInstancePreDestroyCallback after = context -> TestedEngine.use(TestedEngine.INTERPRETER);
            return List.of(before, after);
        }
    }
}
